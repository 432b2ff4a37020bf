/** Who reads a partition. `version` changes with every write, so that of two writers one is refused. */
export interface Claim {
  readonly partition: string;
  /** Empty when it was given up. */
  readonly owner: string;
  readonly version: string;
}

/** A place in a partition, in both of the hub's ways to say it. */
export interface Mark {
  readonly sequence: number;
  readonly offset: string;
}

/** Where members of a consumer group agree on who reads what. */
export interface ClaimStore {
  list(): Promise<readonly Claim[]>;
  /** Writes a claim over the version given, or where there is none; undefined when somebody was quicker. */
  put(partition: string, owner: string, version: string | undefined): Promise<Claim | undefined>;
  /** Leaves word of what is durable, for Azure's own tools; we never start from it. */
  checkpoint?(partition: string, mark: Mark): Promise<void>;
}

/** Claims within one process. */
export function memoryClaims(): ClaimStore {
  const claims = new Map<string, Claim>();
  let writes = 0;
  return {
    list: () => Promise.resolve([...claims.values()]),
    put: (partition, owner, version) => {
      if (claims.get(partition)?.version !== version) return Promise.resolve(undefined);
      const claim = { partition, owner, version: String(++writes) };
      claims.set(partition, claim);
      return Promise.resolve(claim);
    },
  };
}

/** A partition with the claim on it, when one holds. */
export interface Held {
  readonly partition: string;
  /** Undefined when it is free: never claimed, given up, or not renewed for too long. */
  readonly owner: string | undefined;
}

/**
 * Which partitions a member should claim now. Everyone gets an equal share, give or take one; free ones go first, and
 * where none is left, one a round is taken from whoever has most. Whatever order members ask in, it settles, and once
 * shares are equal nobody takes anything.
 */
export function partitionsToTake(all: readonly Held[], me: string): string[] {
  const counts = new Map<string, number>([[me, 0]]);
  for (const { owner } of all) if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const mine = counts.get(me) ?? 0;
  const most = Math.ceil(all.length / counts.size);
  const free = all.filter(({ owner }) => owner === undefined).map(({ partition }) => partition);
  if (free.length > 0) return free.slice(0, Math.max(0, most - mine));
  const [richest, count] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
  if (count < mine + 2) return [];
  const taken = all.findLast(({ owner }) => owner === richest);
  return taken === undefined ? [] : [taken.partition];
}

/** Tells which claims hold. Goes by how long a version has stood unchanged on this machine's clock, so that clocks may differ. */
export function createClaimWatch(expireMs: number) {
  const since = new Map<string, { readonly version: string; readonly at: number }>();
  return (claims: readonly Claim[], partitions: readonly string[], now: number): Held[] => {
    const byPartition = new Map(claims.map((claim) => [claim.partition, claim]));
    return partitions.map((partition) => {
      const claim = byPartition.get(partition);
      if (claim === undefined || claim.owner === '') return { partition, owner: undefined };
      const seen = since.get(partition);
      if (seen?.version !== claim.version) since.set(partition, { version: claim.version, at: now });
      const isExpired = seen?.version === claim.version && now - seen.at > expireMs;
      return { partition, owner: isExpired ? undefined : claim.owner };
    });
  };
}
