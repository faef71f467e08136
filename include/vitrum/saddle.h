/** saddle: saddle points of the energy and the ways that lead over them.

    Variables are displacements from a start, which is at 0; atoms have three each, x y z.

    Stands on: minimize. */
#ifndef VITRUM_SADDLE_H
#define VITRUM_SADDLE_H

#include "vitrum/minimize.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- surfaces ---- */

/** An energy of some variables. What follows needs no more than the first three. */
typedef struct {
    void *context;
    size_t count; /**< Variables. */
    /** Energy, and its negative gradient, at x. VT_EDIVERGED where they are not finite. */
    vt_status (*evaluate)(void *context, const double *x, double *energy, double *force,
                          vt_error *err);
    size_t group; /**< Variables of an atom, to which limits of steps refer; 0: all are one's. */
    bool floats;  /**< Groups of three may move together without energy. */
    /** Behind those there are, add variables, which are 0, where x has come so far that it needs
        them; *count grows. NULL: never. */
    vt_status (*grow)(void *context, const double *x, size_t *count, vt_error *err);
    /** Norm of the force on everything that may move at x, what is no variable yet included. NULL:
        that of the variables. */
    vt_status (*verify)(void *context, const double *x, double *norm, vt_error *err);
    /** Add variables all around, until there are no more to add and *count stays. */
    vt_status (*widen)(void *context, size_t *count, vt_error *err);
    /** d = the step that the force f makes, roughly: inverse second derivatives times f, by a
        symmetric and positive operator; d may be f. False where none is known. NULL: nowhere. */
    bool (*respond)(void *context, const double *f, double *d);
    bool complete; /**< Everything that may move is among the variables. */
    bool abrupt; /**< It adds all at once, and before that neither side of a saddle is looked at. */
} vt_surface;

/* ---------------------------------------------------------------- lowest mode ---- */

typedef struct {
    int vectors;      /**< At most. */
    double tolerance; /**< Done when the curvature changes by less, relative to itself. */
    double step;      /**< Displacement in differences of forces, as norm of all [angstrom]. */
    bool central;     /**< Differences to both sides: two evaluations a vector in place of one. */
} vt_lanczos_options;

/** 15 vectors, 1 %, 1e-3 angstrom, to one side. */
VT_API vt_lanczos_options vt_lanczos_defaults(void);

/** Lowest curvature at x [eV/angstrom^2] and its mode by Lanczos's method with full
    reorthogonalization. `mode`, of norm 1, is where it starts and where it ends, its sign kept;
    `force` is that at x. Any curvature found is a bound from above. `evaluations` is added to. */
VT_API vt_status vt_lanczos(const vt_surface *surface, const double *x, const double *force,
                            const vt_lanczos_options *options, double *mode, double *curvature,
                            int64_t *evaluations, vt_error *err);

/* ---------------------------------------------------------------- ART nouveau ---- */

/** The activation-relaxation technique: Malek and Mousseau, Phys. Rev. E 62, 7723 (2000); Cances
    et al., J. Chem. Phys. 130, 114711 (2009). Symbols of the papers in brackets. */
typedef struct {
    double kick;          /**< Length of the first displacement, as the norm of all [angstrom]. */
    double kick_radius;   /**< Atoms this near to the center are displaced [angstrom]. */
    bool kick_each;       /**< `kick` is the displacement of each of them on average instead. */
    double push;          /**< Step out of the well [angstrom]. */
    int leave_steps;      /**< Most of them. */
    int leave_relax;      /**< Most steps of relaxation perpendicular to each. */
    double leave_force;   /**< ... which ends at this norm [eV/angstrom]. */
    double threshold;     /**< Out of the well below this curvature (lambda_0) [eV/angstrom^2]. */
    int leave_vectors;    /**< Of Lanczos, there... */
    int vectors;          /**< ...and on the way to the saddle... */
    int every;            /**< ...every so many steps. */
    int steps;            /**< Most steps to the saddle. */
    double most_push;     /**< Longest step along the mode [angstrom]. */
    double stiffness;     /**< Least curvature that such a step assumes [eV/angstrom^2]. */
    double hold;          /**< Perpendicular steps are at most this share of the push at first. */
    int patience;         /**< Steps in a row with a positive curvature, then the saddle is lost. */
    double force;         /**< Norm of all forces at a saddle [eV/angstrom]. */
    double energy_limit;  /**< Above the start [eV]. */
    double max_step;      /**< No atom moves further between two evaluations [angstrom]. */
    double over;          /**< Displacement along the mode to both sides [angstrom]. */
    double fmax;          /**< Of both minimizations [eV/angstrom]. */
    int minimize_steps;   /**< Most evaluations of each. */
    double same_energy;   /**< A minimum is the start when its energy differs by less [eV]... */
    double same_distance; /**< ...and its place, as the norm of all [angstrom]. */
    double difference;    /**< Displacement in differences of forces [angstrom]. */
    bool central;         /**< Differences to both sides. */
} vt_art_options;

VT_API vt_art_options vt_art_defaults(void);

/** VT_EINVAL with a message unless every setting is in range. */
VT_API vt_status vt_art_check(const vt_art_options *options, vt_error *err);

/** How a search ended. */
typedef enum {
    VT_ART_CONNECTED,    /**< At a saddle between the start and another minimum. */
    VT_ART_ELSEWHERE,    /**< At a saddle that does not lead back to the start. */
    VT_ART_LOST,         /**< The curvature became positive on the way to the saddle. */
    VT_ART_STEP_LIMIT,   /**< Too many steps. */
    VT_ART_ENERGY_LIMIT, /**< The energy became too high. */
    VT_ART_RETURNED,     /**< At a saddle, or none, from which both ways lead back to the start. */
    VT_ART_INTERRUPTED,
    VT_ART_REASONS
} vt_art_reason;

/** "connected", "elsewhere", "lost", "step limit", "energy limit", "returned", "interrupted". */
VT_API const char *vt_art_reason_text(vt_art_reason reason);

/** Where evaluations go. */
typedef enum {
    VT_ART_LEAVE,
    VT_ART_CONVERGE,
    VT_ART_REFINE, /**< With more atoms around. */
    VT_ART_VERIFY,
    VT_ART_MINIMIZE,
    VT_ART_CUT, /**< To make regions. */
    VT_ART_PHASES
} vt_art_phase;

/** What a search on a surface found; vectors are of `count` variables and NAN stands for what is
    not known. */
typedef struct {
    vt_art_reason reason;
    double saddle_energy, final_energy; /**< Above the start [eV]. */
    double curvature, force;
    size_t count;
    double *saddle, *final, *mode; /**< NULL where there is none. */
    int64_t evaluations[VT_ART_PHASES];
    int64_t lanczos[VT_ART_PHASES]; /**< Those of Lanczos among them. */
} vt_art_path;

/** Free the vectors. */
VT_API void vt_art_path_free(vt_art_path *path);

/** One search, from x = 0 along `kick` [surface->count numbers]. Fails for lack of memory alone;
    everything else is a reason. */
VT_API vt_status vt_art_walk(vt_surface *surface, const double *kick, const vt_art_options *options,
                             vt_art_path *path, vt_error *err);

/** To the saddle near x, of which `path` then tells. VT_DONE there, VT_CONTINUE when path->reason
    tells why not, VT_EINTERRUPT. */
VT_API vt_status vt_art_refine(vt_surface *surface, const vt_art_options *options, const double *x,
                               vt_art_path *path, vt_error *err);

/* ---------------------------------------------------------------- elastic bands ---- */

/** The climbing-image nudged elastic band: Henkelman, Uberuaga and Jonsson, J. Chem. Phys. 113,
   9901 (2000), with the tangents of Henkelman and Jonsson, 9978. */
typedef struct {
    int images;      /**< Both ends included, 3 to 1000. */
    double spring;   /**< Between images [eV/angstrom^2]. */
    double force;    /**< Goal: norm of the force on an image across the band, and of all on the one
                          that climbs [eV/angstrom]. */
    int steps;       /**< Most. */
    bool climb;      /**< The highest image goes to the saddle. */
    double max_step; /**< No atom moves further at once [angstrom]. */
} vt_neb_options;

/** 7 images, 1 eV/angstrom^2, 0.01 eV/angstrom, 1000 steps, climbing. */
VT_API vt_neb_options vt_neb_defaults(void);

/** What became of a band. */
typedef struct {
    bool converged;
    int highest;         /**< Image of the highest energy. */
    double force;        /**< Largest norm left over [eV/angstrom]. */
    int64_t evaluations; /**< Of the surface. */
} vt_neb_report;

/** Relax the band whose images, options->images times surface->count numbers, are in `path`; the
    first and the last stay as they are. `energy` has one number an image. Not to converge is no
    failure. VT_EINVAL when a setting is out of range or two neighbors are the same; VT_EINTERRUPT.
 */
VT_API vt_status vt_neb(const vt_surface *surface, const vt_neb_options *options, double *path,
                        double *energy, vt_neb_report *report, vt_error *err);

/* ---------------------------------------------------------------- searches of a sample ---- */

typedef struct {
    vt_art_options art;
    uint64_t seed;
    bool all;           /**< Let all atoms move at once, in place of a region that grows. */
    bool late;          /**< Let all atoms move from the first saddle of the region on. */
    double radius;      /**< Of the first region around the center [angstrom]. */
    double wide;        /**< All within this distance of it may move when the saddle is refined and
                             left on both sides; then who feels most, until the force on all is
                             small [angstrom]. */
    double margin;      /**< Atoms may move this far from where active ones were until the region is
                             made anew [angstrom]. */
    double start_fmax;  /**< The start is a minimum when no force is larger [eV/angstrom]. */
    const bool *frozen; /**< Atoms that stand still, by atom; NULL: none. */
} vt_search_options;

VT_API vt_search_options vt_search_defaults(void);

/** A displacement of few atoms. */
typedef struct {
    size_t count;
    int32_t *atom; /**< The user's, from 0, ascending. */
    double (*d)[3];
} vt_displacement;

typedef struct {
    int64_t center; /**< The user's atom, from 0. */
    int64_t search; /**< Number among the searches of that atom, from 1. */
    vt_art_reason reason;
    double barrier, reverse_barrier, curvature, force; /**< NAN where not known. */
    int64_t moved;              /**< Atoms moved by more than 0.1 angstrom at the saddle. */
    size_t active;              /**< Atoms that could move in the end. */
    double evaluations;         /**< Each with the share of the sample's atoms that it took. */
    int64_t region_evaluations; /**< Each as one. */
    int64_t phases[VT_ART_PHASES], lanczos[VT_ART_PHASES];
    double seconds;
    vt_displacement saddle, final;
} vt_event;

VT_API void vt_event_free(vt_event *event);

/** Searches from one minimum; holds a copy of the atoms, the potential is borrowed. */
typedef struct vt_searches vt_searches;

/** VT_EINVAL when the atoms are in no minimum, a setting is out of range, or all are frozen. */
VT_API vt_searches *vt_searches_create(const vt_atoms *atoms, const vt_potential *potential,
                                       const vt_search_options *options, vt_error *err);
VT_API void vt_searches_destroy(vt_searches *searches);

/** Largest force on an atom that may move, at the start [eV/angstrom]. */
VT_API double vt_searches_fmax(const vt_searches *searches);

/** Energy of the start [eV]. */
VT_API double vt_searches_energy(const vt_searches *searches);

/** What one thread needs to search. */
typedef struct vt_searcher vt_searcher;
VT_API vt_searcher *vt_searcher_create(const vt_searches *searches, vt_error *err);
VT_API void vt_searcher_destroy(vt_searcher *searcher);

/** Search number `search`, from 1, around atom `center`. Depends on these, the seed and the
    options alone. VT_EINVAL for an atom that does not exist or is frozen; VT_ENOMEM. An interrupt
    is a reason. */
VT_API vt_status vt_search(vt_searcher *searcher, int64_t center, int64_t search, vt_event *event,
                           vt_error *err);

/** Let the search that another thread is at end soon, as interrupted, and all that come. */
VT_API void vt_searcher_stop(vt_searcher *searcher);

/** With all atoms to the saddle near the displacement `from`: what became of it stands in barrier,
    curvature, force, saddle and evaluations of `event`, whose reason is VT_ART_CONNECTED there,
   that both sides are so is not looked at. As vt_art_refine. */
VT_API vt_status vt_searches_refine(const vt_searches *searches, const vt_displacement *from,
                                    double force, vt_event *event, vt_error *err);

/** Relax a band from the start, where all atoms may move but those that are frozen: `path` has
   images x atoms x 3 displacements in the user's order. As vt_neb. */
VT_API vt_status vt_searches_neb(const vt_searches *searches, const vt_neb_options *options,
                                 double *path, double *energy, vt_neb_report *report,
                                 vt_error *err);

/* ---------------------------------------------------------------- many searches ---- */

/** Threads that search, each on its own. What a search finds does not depend on their number. */
typedef struct vt_crew vt_crew;

/** The searches are borrowed. VT_EINVAL unless 1 to VT_MAX_THREADS workers are wanted. */
VT_API vt_crew *vt_crew_start(const vt_searches *searches, int workers, vt_error *err);

/** Stops whoever is at work; NULL is legal. */
VT_API void vt_crew_destroy(vt_crew *crew);

/** Have a search done; the arguments are those of vt_search. */
VT_API vt_status vt_crew_give(vt_crew *crew, int64_t center, int64_t search, vt_error *err);

/** Take the event of a search that has ended, in the order in which they end.
    @return VT_OK with an event, which the caller frees; VT_CONTINUE when none ended within
            `patience` seconds; VT_DONE when none is left; what vt_search failed with. */
VT_API vt_status vt_crew_take(vt_crew *crew, double patience, vt_event *event, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif
