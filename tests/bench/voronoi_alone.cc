// voro++ alone on a list of atoms in a periodic orthogonal box: the cells with their volumes,
// faces, areas, numbers of edges and neighbors, as vt.structure.voronoi computes them. Prints
// seconds.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <voro++/voro++.hh>

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    std::FILE *file = std::fopen(argv[1], "r");
    if (file == nullptr) return 1;
    double lx = std::atof(argv[2]), ly = std::atof(argv[3]), lz = std::atof(argv[4]);
    std::vector<double> r;
    double x, y, z;
    while (std::fscanf(file, "%lf %lf %lf", &x, &y, &z) == 3) {
        r.push_back(x);
        r.push_back(y);
        r.push_back(z);
    }
    std::fclose(file);
    int n = static_cast<int>(r.size() / 3);
    auto start = std::chrono::steady_clock::now();
    voro::pre_container guess(0, lx, 0, ly, 0, lz, true, true, true);
    for (int i = 0; i < n; i++) guess.put(i, r[3 * i], r[3 * i + 1], r[3 * i + 2]);
    int nx, ny, nz;
    guess.guess_optimal(nx, ny, nz);
    voro::container all(0, lx, 0, ly, 0, lz, nx, ny, nz, true, true, true, 8);
    guess.setup(all);
    std::vector<double> areas;
    std::vector<int> orders, neighbors;
    double volume = 0, area = 0;
    long faces = 0, edges = 0;
    voro::c_loop_all loop(all);
    voro::voronoicell_neighbor cell;
    if (loop.start()) do {
            if (!all.compute_cell(cell, loop)) continue;
            volume += cell.volume();
            cell.face_areas(areas);
            cell.face_orders(orders);
            cell.neighbors(neighbors);
            for (double a : areas) area += a;
            for (int k : orders) edges += k;
            faces += static_cast<long>(neighbors.size());
        } while (loop.inc());
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::fprintf(stderr, "volume %.10g, area %.10g, %ld faces, %ld edges\n", volume, area, faces,
                 edges);
    std::printf("%.6f\n", time.count());
    return 0;
}
