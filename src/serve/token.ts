import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PipelineError, describeError } from '../lib/errors.ts';

export interface AccessToken {
  readonly token: string;
  /** True when this call made it. */
  readonly isNew: boolean;
  /** True when others on this machine may read the file. */
  readonly isReadableByOthers: boolean;
}

const fileMode = 0o600;
const wellFormed = /^[A-Za-z0-9_-]{32,256}$/;

/** 32 random bytes as base64url. */
const makeToken = (random: (size: number) => Buffer): string => random(32).toString('base64url');

/**
 * The token in `file`; made there on the first run, readable by its owner alone. A file that is there is
 * never overwritten, so a token handed in by the platform (a mounted secret) is taken as it is.
 *
 * @throws PipelineError SECRET_MISSING when the file cannot be read or made, or holds no token.
 */
export async function loadToken(
  file: string,
  random: (size: number) => Buffer = randomBytes,
): Promise<AccessToken> {
  const where = `token file ${file}`;
  try {
    const made = await createOnce(file, makeToken(random));
    if (made !== undefined) return { token: made, isNew: true, isReadableByOthers: false };
    const token = (await readFile(file, 'utf8')).trim();
    if (!wellFormed.test(token))
      throw new PipelineError(
        'SECRET_MISSING',
        where,
        'it holds no token; delete it to have one made, or write 32 to 256 letters, digits, - and _ into it',
      );
    const { mode } = await stat(file);
    return { token, isNew: false, isReadableByOthers: (mode & 0o077) !== 0 };
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    throw new PipelineError('SECRET_MISSING', where, `${describeError(cause)}; is the folder writable?`, {
      cause,
    });
  }
}

async function createOnce(file: string, token: string): Promise<string | undefined> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await using handle = await open(file, 'wx', fileMode);
    await handle.writeFile(`${token}\n`);
    await handle.sync();
    return token;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'EROFS') return undefined;
    throw thrown;
  }
}
