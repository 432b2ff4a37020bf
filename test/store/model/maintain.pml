/*
 * Maintenance of one table: compaction, retention and what removes files, with a zombie and crashes; README.md beside this
 * says what it showed. seal.pml has intake, tiles and the other tables.
 *
 * One atomic step is one call of the file operations (src/store/files.ts). Two processes write under one name: a writer,
 * and a zombie that was stopped anywhere and wakes up at any time. A process of another name commits in between. A reader
 * has taken a list of files and reads them one by one. ZOMBIE, ANOTHER and READER say who is there beside the writer.
 */
#ifndef TRIES
#define TRIES 3      /* files that maintenance writes in a run, committed or not */
#endif
#define FILES (TRIES + 3)
#define NONE FILES
#define OTHER 2      /* the file of another name */
#define PAST 1       /* a row that is past its time; rows 2, 4 and 8 are not */
#define BIT(f) (1 << (f))

byte rows[FILES];              /* of each file */
byte from[FILES];              /* files whose rows it took over by compaction, and theirs */
byte disk = 3;                 /* files that are there */
byte live = 3;                 /* files of the table, as the commits say */
byte written = 3;              /* files that have been named so far */

/* Commits, by version. */
byte versions = 0;
byte adds[TRIES + 2];          /* NONE for none */
byte takes[TRIES + 2];
bool deletes[TRIES + 2];       /* by an order: what is taken out must go from the disk */
bool isOurs[TRIES + 2];
byte seals = 0;                /* of our name */

/* What an onlooker sees, and no writer. */
bool isRetained = false;       /* an order has deleted what is past its time */
byte held = 0;                 /* files that the reader still wants */
byte ordered = 0;              /* files that an order took from the disk */

inline check(f, n) {
  d_step {
    /* Every row is in one live file; what an order deleted is in none, and does not come back. */
    for (r : 0 .. 2) {
      n = 0;
      for (f : 0 .. FILES - 1) {
        if :: (live & BIT(f)) && (rows[f] & BIT(r)) -> n++ :: else -> skip fi
      }
      if
      :: r == 0 && isRetained -> assert(n == 0)
      :: else -> assert(n == 1)
      fi
    }
    assert((live & ~disk) == 0)                                     /* what is committed is there */
  }
}

inline look() {
  atomic {
    do
    :: known < versions ->
       known++;
       seen = (seen & ~takes[known]) | (adds[known] == NONE -> 0 : BIT(adds[known]));
       if :: isOurs[known] -> own++; ownAt = known :: else -> skip fi
    :: else -> break
    od
  }
}

/* Takes a file from the disk. */
inline drop(f) {
  assert((live & BIT(f)) == 0);
  disk = disk & ~BIT(f)
}

/* What an order of commit `v` deleted goes: the files, and those that they came from. */
inline finish(v) {
  if
  :: v > 0 && deletes[v] ->
     atomic { mask = takes[v]; i = 0 };
#ifndef BUG_ANCESTORS_STAY
     atomic {
       do
       :: i < FILES -> if :: takes[v] & BIT(i) -> mask = mask | from[i] :: else -> skip fi; i++
       :: else -> i = 0; break
       od
     };
#endif
     do
     :: atomic { i < FILES && (mask & BIT(i)) && (disk & BIT(i)) -> ordered = ordered | BIT(i); drop(i); i++ }
     :: atomic { i < FILES && !((mask & BIT(i)) && (disk & BIT(i))) -> i++ }
     :: i < FILES && isMortal -> goto gone                          /* a crash among the deletions */
     :: i == FILES -> break
     od
  :: else -> skip
  fi
}

/* A plan for what is live as far as this process has looked: two small files become one, or one loses what is past. */
inline plan(p) {
  i = 0; j = 0;
  if
  :: i = 0 :: i = 1 :: i = 3 :: i = 4
  fi;
  if
  :: (seen & BIT(i)) && (rows[i] & PAST) -> srcs[p] = BIT(i); isOrder[p] = true; outs[p] = rows[i] & ~PAST
  :: seen & BIT(i) ->
     if
     :: j = 1 :: j = 3 :: j = 4
     fi;
     if
     :: j > i && (seen & BIT(j)) -> srcs[p] = BIT(i) | BIT(j); isOrder[p] = false; outs[p] = rows[i] | rows[j]
     :: else -> goto idle
     fi
  :: else -> goto idle
  fi
}

proctype Writer() {
  byte known, own, ownAt, seen, seal, i, j, p, n, out, mask;
  byte srcs[2];
  byte outs[2];
  bool isOrder[2];
  bool isMortal = true;
  byte r;
open:
  atomic { known = 0; own = 0; ownAt = 0; seen = 3 };
  look();
#ifndef BUG_NO_FINISH
  finish(ownAt);
#endif
idle:
  do
  :: goto gone
  :: written < FILES ->
     atomic {
       plan(0); n = 1;
       if :: skip :: plan(1); n = 2 fi;                             /* a second plan, made before the first is true */
       p = 0
     };
     do
     :: atomic { p < n && written < FILES ->
          seal = own + 1; out = NONE;
          if
          :: outs[p] > 0 ->
             out = written; written++; rows[out] = outs[p]; disk = disk | BIT(out); from[out] = 0;
             i = 0;
             do
             :: i < FILES ->
                if :: (srcs[p] & BIT(i)) && !isOrder[p] -> from[out] = from[out] | BIT(i) | from[i] :: else -> skip fi;
                i++
             :: else -> break
             od
          :: else -> skip
          fi
        };
#ifdef BUG_DELETE_FIRST
        atomic { if :: isOrder[p] -> disk = disk & ~srcs[p] :: else -> skip fi };
#endif
        do
        ::
#ifndef BUG_NO_CONFLICT_CHECK
           if :: own >= seal -> goto gone :: else -> skip fi;       /* LAKE_CONFLICT: another of this name */
#endif
#ifndef BUG_NO_GONE_CHECK
           if :: (srcs[p] & ~seen) != 0 -> goto open :: else -> skip fi; /* STREAM_TAKEN: planned anew */
#endif
           atomic {
             if
             :: versions > known -> skip
             :: versions == known ->
                versions++;
                adds[versions] = out; takes[versions] = srcs[p]; deletes[versions] = isOrder[p]; isOurs[versions] = true;
                seals++; assert(seals == seal);                     /* a log's seals follow one another */
                live = (live & ~srcs[p]) | (out == NONE -> 0 : BIT(out));
                if :: isOrder[p] -> isRetained = true :: else -> skip fi;
                check(i, j);
                break
             fi
           };
           look()
        od;
        if :: goto gone :: goto open :: skip fi;                    /* crashes behind the commit */
        look();
        finish(ownAt);
        if
        :: atomic { !isOrder[p] ->                                  /* vacuum: once the grace of readers is over */
             i = 0;
             do
             :: i < FILES ->
                if
#ifdef BUG_NO_GRACE
                :: (srcs[p] & BIT(i)) && (disk & BIT(i)) -> drop(i)
#else
                :: (srcs[p] & BIT(i)) && (disk & BIT(i)) && !(held & BIT(i)) -> drop(i)
#endif
                :: else -> skip
                fi;
                i++
             :: else -> break
             od }
        :: skip
        fi;
        p++
     :: else -> break
     od
  od;
gone:
  skip
}

/* Another name: one commit in between, of a file of its own. */
proctype Another() {
  byte known;
  do
  :: atomic { known = versions };
     atomic {
       if
       :: versions == known ->
          versions++; adds[versions] = OTHER; takes[versions] = 0; live = live | BIT(OTHER); break
       :: else -> skip
       fi
     }
  od
}

proctype Reader() {
  byte i = 0;
  atomic { held = live };
  do
  :: atomic { i < FILES ->
       if
       :: held & BIT(i) -> assert((disk & BIT(i)) || (ordered & BIT(i))); held = held & ~BIT(i)
       :: else -> skip
       fi;
       i++ }
  :: i == FILES -> break
  od
}

/* In the end somebody opens the lake once more under our name. */
proctype Opener() {
  byte known = 0, own = 0, ownAt = 0, seen = 3, i, mask;
  bool isMortal = false;
  look();
#ifndef BUG_NO_FINISH
  finish(ownAt);
#endif
gone:
  skip
}

init {
  byte f, n, r;
  atomic {
    rows[0] = PAST | 2; rows[1] = 4; rows[OTHER] = 8; disk = disk | BIT(OTHER);
    run Writer();
#ifdef ZOMBIE
    run Writer();
#endif
#ifdef ANOTHER
    run Another();
#endif
#ifdef READER
    run Reader();
#endif
    skip
  };
  (_nr_pr == 1);
  run Opener();
  (_nr_pr == 1);
  atomic {
    check(f, n);
    /* What an order deleted is on the disk no more, unless in a file that nothing ever pointed to. */
    f = 0;
    do
    :: f < FILES ->
       if
       :: isRetained && (disk & BIT(f)) && (rows[f] & PAST) ->
          n = 1;
          do
          :: n <= versions -> assert(adds[n] != f); n++
          :: else -> break
          od;
          assert(f >= 3)
       :: else -> skip
       fi;
       f++
    :: else -> break
    od
  }
}
