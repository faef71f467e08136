/* The tables of a store, and the statements that work with them. Displacements, which are nearly
   all of the file, have a table of their own that only grows at its end. */
#include <stdio.h>

#include "internal.h"

static const char *const TABLES =
    "CREATE TABLE campaign(\n"
    "  name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;\n"
    "CREATE TABLE species(\n"
    "  number INTEGER PRIMARY KEY, species TEXT NOT NULL, mass REAL NOT NULL -- amu\n"
    ");\n"
    "CREATE TABLE atoms(\n"
    "  atom INTEGER PRIMARY KEY, species INTEGER NOT NULL, -- species.number\n"
    "  x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL -- A, in the minimum of the start\n"
    ");\n"
    "CREATE TABLE events(\n"
    "  id INTEGER PRIMARY KEY, -- 1000000 center + search\n"
    "  center INTEGER NOT NULL, search INTEGER NOT NULL, seed INTEGER NOT NULL,\n"
    "  reason TEXT NOT NULL, connected INTEGER NOT NULL,\n"
    "  barrier REAL, reverse_barrier REAL, -- eV\n"
    "  curvature REAL, -- eV/A^2\n"
    "  force REAL, -- eV/A, the norm of all\n"
    "  moved INTEGER, active INTEGER, -- atoms\n"
    "  evaluations REAL, -- of the whole sample\n"
    "  region_evaluations INTEGER,\n"
    "  seconds REAL,\n"
    "  finished TEXT NOT NULL, worker TEXT NOT NULL,\n"
    "  displacements INTEGER); -- displacements.id\n"
    "CREATE TABLE displacements( -- campaign tells what is in the blobs\n"
    "  id INTEGER PRIMARY KEY, event INTEGER NOT NULL, -- events.id\n"
    "  saddle BLOB, final BLOB);\n"
    "CREATE TABLE leases(\n"
    "  id INTEGER PRIMARY KEY, slot INTEGER NOT NULL, worker TEXT NOT NULL,\n"
    "  since TEXT NOT NULL);\n"
    "CREATE VIEW reasons AS SELECT reason, count(*) AS searches,\n"
    "  round(total(evaluations)) AS evaluations, round(total(seconds)) AS seconds\n"
    "  FROM events GROUP BY reason ORDER BY searches DESC;\n"
    "CREATE VIEW progress AS SELECT count(*) AS searches, total(connected) AS connected,\n"
    "  count(DISTINCT center) AS centers, round(total(evaluations)) AS evaluations,\n"
    "  round(total(seconds)) AS seconds, (SELECT count(*) FROM leases) AS at_work\n"
    "  FROM events;\n"
    "CREATE VIEW connected AS SELECT center, search, species.species, barrier, reverse_barrier,\n"
    "  curvature, force, moved, evaluations FROM events JOIN atoms ON atom = center\n"
    "  JOIN species ON number = atoms.species WHERE connected;\n"
    "CREATE VIEW spectrum AS SELECT round(cast(barrier / 0.1 AS INTEGER) * 0.1, 1) AS above,\n"
    "  count(*) AS events FROM events WHERE connected AND barrier >= 0 GROUP BY 1 ORDER BY 1;\n"
    "CREATE VIEW by_species AS SELECT species, count(*) AS events, avg(barrier) AS mean_barrier,\n"
    "  min(barrier) AS lowest FROM connected GROUP BY species;\n";

const char *const vti_store_sql[VTI_STATEMENTS] = {
    [VTI_ADD_EVENT] = "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                      "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?, ?)",
    [VTI_ADD_DISPLACEMENTS] = "INSERT INTO displacements VALUES(NULL, ?, ?, ?)",
    [VTI_END_LEASE] = "DELETE FROM leases WHERE id = ?",
    [VTI_FIND_EVENT] = "SELECT 1 FROM events WHERE id = ?",
    [VTI_FIND_LEASE] = "SELECT slot FROM leases WHERE id = ?",
    [VTI_TAKE_LEASE] = "INSERT OR REPLACE INTO leases VALUES(?, ?, ?, "
                       "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
    [VTI_READ_SADDLE] = "SELECT saddle FROM events e JOIN displacements d ON d.id = "
                        "e.displacements WHERE e.id = ?",
    [VTI_READ_FINAL] = "SELECT final FROM events e JOIN displacements d ON d.id = "
                       "e.displacements WHERE e.id = ?",
};

vt_status vti_store_tables_into(vt_store *store, vt_error *err) {
    char head[96];
    snprintf(head, sizeof head, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             VTI_STORE_ID, VTI_STORE_FORMAT);
    VTI_TRY(vti_store_run(store, head, "making it", err));
    return vti_store_run(store, TABLES, "making it", err);
}
