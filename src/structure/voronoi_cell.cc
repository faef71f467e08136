// The one file that knows voro++. Its cell keeps vertices at twice their distance, so that a plane
// midway to a neighbor lies at the neighbor's own distance.
#include "structure/voronoi_cell.h"

#include <cmath>
#include <new>

#include <voro++/cell.hh>

static const int CUTS_UNCOUNTED = 256;

struct vti_cell {
    voro::voronoicell_neighbor body;
    int cuts; // since the faces were last counted
};

vti_cell *vti_cell_create(void) {
    try {
        return new vti_cell;
    } catch (...) {
        return nullptr;
    }
}

void vti_cell_destroy(vti_cell *cell) {
    delete cell;
}

void vti_cell_start(vti_cell *cell, double half) {
    cell->body.init(-half, half, -half, half, -half, half);
    cell->cuts = 0;
}

// Euler: faces = 2 + edges - vertices, and every edge ends at two vertices.
static int count_faces(const voro::voronoicell_neighbor &body) {
    int ends = 0;
    for (int i = 0; i < body.p; i++) ends += body.nu[i];
    return 2 + ends / 2 - body.p;
}

vti_cell_state vti_cell_cut(vti_cell *cell, double vx, double vy, double vz, double limit,
                            int32_t plane) {
    // voro++ ends the program when a vertex has more than 2048 edges, so the faces are kept fewer.
    // A cut adds one at most.
    if (++cell->cuts > CUTS_UNCOUNTED) {
        if (count_faces(cell->body) > VTI_CELL_MAX_FACES - CUTS_UNCOUNTED - 6)
            return VTI_CELL_CROWDED;
        cell->cuts = 0;
    }
    try {
        return cell->body.nplane(vx, vy, vz, limit, plane) ? VTI_CELL_WHOLE : VTI_CELL_GONE;
    } catch (...) {
        return VTI_CELL_NO_MEMORY;
    }
}

double vti_cell_reach_squared(const vti_cell *cell) {
    const double *r = cell->body.pts;
    double most = 0;
    for (int i = 0; i < cell->body.p; i++, r += 3) {
        double square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
        most = square > most ? square : most;
    }
    return most;
}

const double *vti_cell_vertices(const vti_cell *cell, int *count) {
    *count = cell->body.p;
    return cell->body.pts;
}

namespace {

struct vector3 {
    double x, y, z;
};

vector3 between(const double *a, const double *b) {
    return {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
}

vector3 cross(const vector3 &a, const vector3 &b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

// Walk around the face to the side of edge `slot` of vertex `start` and mark its edges as seen.
// `sum` becomes twice the area vector. Returns the number of edges longer than the threshold.
int walk(voro::voronoicell_neighbor &body, int start, int slot, double threshold_squared,
         vector3 &sum) {
    const double *corner = body.pts + 3 * start;
    vector3 last = {0, 0, 0};
    int vertex = start, edges = 0;
    sum = {0, 0, 0};
    do {
        int next = body.ed[vertex][slot];
        int back = body.ed[vertex][body.nu[vertex] + slot];
        body.ed[vertex][slot] = -1 - next;
        const double *a = body.pts + 3 * vertex, *b = body.pts + 3 * next;
        vector3 edge = between(a, b), arm = between(corner, b);
        if (edge.x * edge.x + edge.y * edge.y + edge.z * edge.z >= threshold_squared) edges++;
        vector3 part = cross(last, arm);
        sum.x += part.x;
        sum.y += part.y;
        sum.z += part.z;
        last = arm;
        slot = body.cycle_up(back, next);
        vertex = next;
    } while (vertex != start);
    return edges;
}

} // namespace

void vti_cell_measure(vti_cell *cell, double edge_threshold, vti_cell_shape *shape,
                      vti_cell_face *faces) {
    voro::voronoicell_neighbor &body = cell->body;
    double threshold = 2 * edge_threshold, volume = 0, area = 0;
    size_t n = 0;
    shape->radius = std::sqrt(vti_cell_reach_squared(cell)) / 2;
    for (int i = 0; i < body.p; i++)
        for (int j = 0; j < body.nu[i]; j++) {
            if (body.ed[i][j] < 0 || n == VTI_CELL_MAX_FACES) continue; // seen
            vector3 sum;
            vti_cell_face *face = &faces[n++];
            face->plane = body.ne[i][j];
            face->edges = walk(body, i, j, threshold * threshold, sum);
            // sum is twice the area vector of a face twice as large
            face->area = std::sqrt(sum.x * sum.x + sum.y * sum.y + sum.z * sum.z) / 8;
            area += face->area;
            const double *r = body.pts + 3 * i;
            volume += (sum.x * r[0] + sum.y * r[1] + sum.z * r[2]) / 48;
        }
    shape->volume = std::fabs(volume);
    shape->area = area;
    shape->faces = n;
}
