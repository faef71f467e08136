/* SHA-256: NIST, Secure Hash Standard, FIPS 180-4 (2015), sections 4.1.2, 4.2.2, 5 and 6.2.
   Names follow the standard: a..h working variables, W message schedule, K constants, H state. */
#include "vitrum/base.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, LENGTH_BYTES = 8 };

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n) {
    return (x >> n) | (x << (32 - n));
}

static void add_block(uint32_t H[8], const unsigned char *block) {
    uint32_t W[ROUNDS];
    for (int t = 0; t < 16; t++)
        W[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | (uint32_t)block[4 * t + 3];
    for (int t = 16; t < ROUNDS; t++) {
        uint32_t s0 = rotr(W[t - 15], 7) ^ rotr(W[t - 15], 18) ^ (W[t - 15] >> 3);
        uint32_t s1 = rotr(W[t - 2], 17) ^ rotr(W[t - 2], 19) ^ (W[t - 2] >> 10);
        W[t] = W[t - 16] + s0 + W[t - 7] + s1;
    }
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    for (int t = 0; t < ROUNDS; t++) {
        uint32_t S1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
        uint32_t T1 = h + S1 + ((e & f) ^ (~e & g)) + K[t] + W[t];
        uint32_t S0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
        uint32_t T2 = S0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
    }
    H[0] += a, H[1] += b, H[2] += c, H[3] += d;
    H[4] += e, H[5] += f, H[6] += g, H[7] += h;
}

void vt_sha256_start(vt_sha256_state *state) {
    /* First 32 bits of the fractional parts of the square roots of the first eight primes. */
    *state = (vt_sha256_state){.hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void vt_sha256_add(vt_sha256_state *state, const void *data, size_t bytes) {
    if (bytes == 0) return;
    const unsigned char *from = data;
    size_t held = state->bytes % BLOCK;
    state->bytes += bytes;
    if (held > 0) {
        size_t n = bytes < BLOCK - held ? bytes : BLOCK - held;
        memcpy(state->block + held, from, n);
        if (held + n < BLOCK) return;
        add_block(state->hash, state->block);
        from += n;
        bytes -= n;
    }
    for (; bytes >= BLOCK; bytes -= BLOCK, from += BLOCK) add_block(state->hash, from);
    memcpy(state->block, from, bytes);
}

void vt_sha256_end(vt_sha256_state *state, char hex[65]) {
    /* The padding: a one bit, zeros, and the length in bits as a big-endian 64-bit integer. */
    unsigned char tail[2 * BLOCK] = {0};
    size_t left = state->bytes % BLOCK;
    memcpy(tail, state->block, left);
    tail[left] = 0x80;
    size_t size = left < BLOCK - LENGTH_BYTES ? BLOCK : 2 * BLOCK;
    uint64_t bits = state->bytes * 8;
    for (int k = 1; k <= LENGTH_BYTES; k++, bits >>= 8) tail[size - k] = (unsigned char)bits;
    for (size_t k = 0; k < size; k += BLOCK) add_block(state->hash, tail + k);

    for (int k = 0; k < 8; k++) snprintf(hex + 8 * k, 9, "%08x", (unsigned)state->hash[k]);
}

void vt_sha256(const void *data, size_t bytes, char hex[65]) {
    vt_sha256_state state;
    vt_sha256_start(&state);
    vt_sha256_add(&state, data, bytes);
    vt_sha256_end(&state, hex);
}
