import type { LakeFiles } from './verify-port.ts';

/** Reads files into memory that is used again: what it gives for a place holds until that place is read into again. */
export interface Scratch {
  read(place: string, path: string): Promise<Uint8Array | undefined>;
}

export function createScratch(files: LakeFiles): Scratch {
  const places = new Map<string, Uint8Array>();
  return {
    async read(place, path) {
      if (files.readInto === undefined) return files.read(path);
      const bytes = await files.readInto(path, places.get(place) ?? new Uint8Array());
      const known = places.get(place)?.buffer;
      if (bytes !== undefined && bytes.buffer !== known)
        places.set(place, new Uint8Array(bytes.buffer as ArrayBuffer));
      return bytes;
    },
  };
}
