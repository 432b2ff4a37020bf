/*
 * The commit protocol of a lake with several writers; README.md beside this says what it showed.
 *
 * One atomic step is one call of the file operations (src/store/files.ts): a name is created by one alone, and what is
 * read is whole. `captures` is the sequence of commits 1..versions; a writer that creates the next one has read all before
 * it. LEFT and RIGHT write under two names; ZOMBIE is a process of RIGHT's name that was stopped and wakes up at any time.
 */
#ifndef VERSIONS
#define VERSIONS 3   /* commits in a run */
#endif
#ifndef TRIES
#define TRIES 4      /* seals begun in a run, true or not */
#endif
#define LAST 2       /* messages 1..LAST of a stream that all writers reach for */
#define NAMES 2

/* Commits of `captures`, by version. */
byte versions = 0;
byte owner[VERSIONS + 1];
byte sealOf[VERSIONS + 1];
byte last[VERSIONS + 1];           /* newest message in it; 0 for none */
bool removes[VERSIONS + 1];        /* maintenance: takes files out */

/* A seal's Parquet file, by the try that wrote it. */
bool file[TRIES + 1];
bool isTrue[TRIES + 1];            /* a commit names it */
byte nameOf[TRIES + 1];
byte numberOf[TRIES + 1];
byte tries = 0;

/* What follows from commits. */
byte logSeals[NAMES];              /* seals whose tiles are written, by name */
byte derived = 0;                  /* commits of another table */
byte follows[VERSIONS + 2];        /* the version of `captures` that each follows from */

/* What an onlooker counts, and no writer sees. */
byte taken[LAST + 1];              /* how often a message is in the lake */
byte durable = 0;                  /* newest message in the lake */
byte acknowledged = 0;             /* newest message that its source has let go */
byte newestSeal[NAMES];
byte times[VERSIONS + 1];          /* how often the other table has a version */

/* Reads the commits after `known`; they never change, so reading them is one step. */
inline look() {
  atomic {
    do
    :: known < versions ->
       known++;
       if :: owner[known] == name -> own = sealOf[known]; ownAt = known :: else fi;
       if :: last[known] > cursor -> cursor = last[known] :: else fi;
       if :: removes[known] -> removedAt = known :: else fi
    :: else -> break
    od
  }
}

/* What follows from the newest seal of this name: by whoever made it, and by whoever opens. */
inline publish() {
  if
  :: ownAt > 0 ->
     /* Tiles: they follow from the commits, so writing them again changes nothing. */
     atomic { if :: own > logSeals[name] -> logSeals[name] = own :: else fi };
     at = 0;
     do
     :: atomic { at < derived -> at++;
#ifndef BUG_DERIVED_BLIND
          if :: follows[at] == ownAt -> break :: else fi
#endif
        }
     :: atomic { at >= derived ->
          derived++; follows[derived] = ownAt;
          times[ownAt]++; assert(times[ownAt] == 1);               /* no seal doubled in another table */
          break
        }
     od;
     atomic {                                                      /* the source is told */
       if :: last[ownAt] > acknowledged -> acknowledged = last[ownAt] :: else fi;
       assert(acknowledged <= durable)                             /* nothing let go that is not in the lake */
     }
  :: else
  fi
}

/* Files of seals of this name that never came to be. */
inline clear(upTo) {
  atomic {
    at = 1;
    do
    :: at <= tries ->
       if :: file[at] && !isTrue[at] && nameOf[at] == name && numberOf[at] <= upTo -> file[at] = false :: else fi;
       at++
    :: else -> break
    od
  }
}

proctype Writer(byte name; bool isMortal) {
  byte known, own, ownAt, cursor, removedAt, from, to, at, seal, try, base;
  bool isMaintenance;
open:
  atomic { known = 0; own = 0; ownAt = 0; cursor = 0; removedAt = 0; try = 0 };
  look();
  publish();
#ifdef BUG_EARLY_ORPHANS
  clear(255);
#endif
  do
  :: break                                                         /* stopped, perhaps for good */
  :: atomic { versions < VERSIONS && tries < TRIES && (cursor < LAST || known > removedAt + 1) ->
       seal = own + 1; base = known; tries++; try = tries;
       nameOf[try] = name; numberOf[try] = seal; file[try] = true; /* Parquet and the waiting entries are written */
       if
       :: cursor < LAST -> isMaintenance = false; from = cursor + 1;
          if :: to = from :: from < LAST -> to = LAST fi
       :: known > removedAt + 1 -> isMaintenance = true; from = 0; to = 0
       fi
     };
     do
     :: /* Everything up to `known` has been read. */
        if
        :: own >= seal -> goto gone                                /* LAKE_CONFLICT: another of this name */
#ifndef BUG_NO_STREAM_CHECK
        :: own < seal && from > 0 && cursor >= from -> goto open   /* STREAM_TAKEN: dropped whole */
#endif
        :: own < seal && isMaintenance && removedAt > base -> goto open
        :: else
        fi;
        atomic {
          if
          :: versions > known -> skip                              /* the version is taken */
          :: versions == known && versions == VERSIONS -> goto gone
          :: versions == known && versions < VERSIONS ->
             versions++;
             owner[versions] = name; sealOf[versions] = seal; last[versions] = to; removes[versions] = isMaintenance;
             isTrue[try] = true;
             assert(file[try]);                                    /* what is committed is there */
             assert(seal == newestSeal[name] + 1);                 /* a log's seals follow one another */
             newestSeal[name] = seal;
             at = from;
             do
             :: at > 0 && at <= to -> taken[at]++; assert(taken[at] == 1); at++   /* none doubled */
             :: else -> break
             od;
             if
             :: to > 0 -> assert(from == durable + 1); durable = to               /* none left out, cursors only grow */
             :: else
             fi;
             goto sealed
          fi
        };
        look()
     od;
sealed:
     if
     :: look()
     :: isMortal -> goto open                                      /* a crash before anything followed */
     :: isMortal -> goto gone
     fi;
     publish();
     clear(own)
  od;
gone:
  skip
}

/* In the end somebody opens the lake under each name, and everything must have followed. */
proctype Opener(byte name) {
  byte known, own, ownAt, cursor, removedAt, at;
  look();
  publish()
}

init {
  byte v;
  atomic { run Writer(0, true); run Writer(1, true); run Writer(1, true) };
  (_nr_pr == 1);
  run Opener(0);
  (_nr_pr == 1);
  run Opener(1);
  (_nr_pr == 1);
  atomic {
    assert(logSeals[0] == newestSeal[0] && logSeals[1] == newestSeal[1]);
    assert(newestSeal[0] + newestSeal[1] == versions);
    assert(derived == versions);                                   /* the tables agree with the logs */
    v = 1;
    do
    :: v <= versions -> assert(times[v] == 1); v++
    :: else -> break
    od;
    v = 1;
    do
    :: v <= acknowledged -> assert(taken[v] == 1); v++             /* no captured record lost */
    :: else -> break
    od
  }
}
