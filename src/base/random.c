/* Philox4x32-10. Ten rounds of two 32 x 32 -> 64 bit products; the multipliers and the Weyl
   increments of the key are those of Salmon et al. (2011), table 2. */
#include "vitrum/base.h"

#include <math.h>

static const uint32_t MULTIPLIER_0 = 0xD2511F53u, MULTIPLIER_1 = 0xCD9E8D57u;
static const uint32_t WEYL_0 = 0x9E3779B9u, WEYL_1 = 0xBB67AE85u;
static const double PI = 3.14159265358979323846;

static void philox(uint32_t counter[4], uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = (uint64_t)MULTIPLIER_0 * counter[0];
        uint64_t product1 = (uint64_t)MULTIPLIER_1 * counter[2];
        uint32_t next0 = (uint32_t)(product1 >> 32) ^ counter[1] ^ key0;
        uint32_t next2 = (uint32_t)(product0 >> 32) ^ counter[3] ^ key1;
        counter[1] = (uint32_t)product1;
        counter[3] = (uint32_t)product0;
        counter[0] = next0;
        counter[2] = next2;
        key0 += WEYL_0;
        key1 += WEYL_1;
    }
}

void vt_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    for (int k = 0; k < 4; k++) out[k] = counter[k];
    philox(out, key[0], key[1]);
}

void vt_random_block(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                     uint32_t out[4]) {
    /* The key has 64 bits and the stream needs a place as well: a first block mixes both into a
       key of its own, so that streams of neighboring seeds never meet. */
    uint32_t key[4] = {(uint32_t)seed, (uint32_t)(seed >> 32), stream, 0x76747275u};
    philox(key, (uint32_t)(seed >> 32), stream);
    out[0] = (uint32_t)item;
    out[1] = (uint32_t)(item >> 32);
    out[2] = (uint32_t)step;
    out[3] = (uint32_t)(step >> 32);
    philox(out, key[0], key[1]);
}

/* 52 bits and a half step: the smallest value is 2^-53 and the largest 1 - 2^-53, so that
   neither 0 nor 1 appears. */
static double uniform_from(uint32_t high, uint32_t low) {
    uint64_t bits = (((uint64_t)high << 32) | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

void vt_random_uniform2(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                        double out[2]) {
    uint32_t words[4];
    vt_random_block(seed, stream, item, step, words);
    out[0] = uniform_from(words[0], words[1]);
    out[1] = uniform_from(words[2], words[3]);
}

void vt_random_normal4(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                       double out[4]) {
    /* The top bit of the item tells the two blocks of one call apart. */
    for (int half = 0; half < 2; half++) {
        double u[2];
        vt_random_uniform2(seed, stream, item | ((uint64_t)half << 63), step, u);
        double radius = sqrt(-2.0 * log(u[0])), angle = 2.0 * PI * u[1];
        out[2 * half] = radius * cos(angle);
        out[2 * half + 1] = radius * sin(angle);
    }
}

double vt_rng_uniform(vt_rng *rng) {
    double u[2];
    vt_random_uniform2(rng->seed, rng->stream, rng->next++, 0, u);
    return u[0];
}

uint64_t vt_rng_below(vt_rng *rng, uint64_t bound) {
    if (bound == 0) return 0;
    /* Reject the incomplete last interval; otherwise small values would be favored. */
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        uint32_t words[4];
        vt_random_block(rng->seed, rng->stream, rng->next++, 1, words);
        uint64_t draw = ((uint64_t)words[0] << 32) | words[1];
        if (draw < limit) return draw % bound;
    }
}
