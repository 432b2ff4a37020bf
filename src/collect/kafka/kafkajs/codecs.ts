import type kafkajs from 'kafkajs';
import { decompress } from '../decompress.ts';
import type { Codec } from '../decompress.ts';

type Library = typeof kafkajs;

/** Gives kafkajs the codecs that it only knows by number. */
export function addCodecs({ CompressionCodecs, CompressionTypes }: Library): void {
  const known: readonly (readonly [type: number, codec: Codec])[] = [
    [CompressionTypes.GZIP, 'gzip'],
    [CompressionTypes.Snappy, 'snappy'],
    [CompressionTypes.LZ4, 'lz4'],
    [CompressionTypes.ZSTD, 'zstd'],
  ];
  for (const [type, codec] of known)
    Object.assign(CompressionCodecs, {
      [type]: () => ({
        compress: () => Promise.reject(new Error('plumbline only reads')),
        decompress: (packed: Buffer) => Promise.resolve(decompress(codec, packed)),
      }),
    });
}
