import { watch } from 'node:fs';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { describeError, formatProblem } from '../lib/errors.ts';
import type { Problem } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Content } from './content.ts';

/** The rules of a running service, which may be changed under it. */
export interface LiveRules {
  /** With the rules of now. */
  readonly content: Content;
  /**
   * Reads the rules again. What is wrong is logged, and the rules stay as they were; so they do when more than rules
   * was changed: correlations have a past that other ones cannot take over, and mappings are read once.
   */
  reload(): void;
  /** `changed` is called after each change, in the same moment; what is returned ends that. */
  onChange(changed: (content: Content) => void): () => void;
}

export function createLiveRules(
  first: Content,
  read: () => { readonly content: Content | undefined; readonly problems: readonly Problem[] },
  log: Logger,
): LiveRules {
  let current = first;
  const listeners = new Set<(content: Content) => void>();
  const replace = (next: Content): void => {
    if (next.packVersion === current.packVersion) return;
    if (next.mappingsVersion !== current.mappingsVersion || tiesOf(next) !== tiesOf(current)) {
      log.warn(
        { packVersion: next.packVersion },
        'rules: correlations or mappings were changed too; restart the service to use them, the rules are as before',
      );
      return;
    }
    const before = current.packVersion;
    for (const listener of listeners) listener(next);
    current = next;
    log.info(
      { before, packVersion: next.packVersion, detections: next.detections.length },
      'rules: changed; the next event is read by the new ones',
    );
  };
  return {
    get content() {
      return current;
    },
    reload() {
      try {
        const { content, problems } = read();
        if (content !== undefined) return replace(content);
        log.error(
          { problems: problems.map(formatProblem) },
          'rules: cannot be used as they are now; the rules are as before',
        );
      } catch (thrown) {
        log.error({ problem: describeError(thrown) }, 'rules: not changed');
      }
    },
    onChange(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}

/** What correlations there are, and which rules they go by. */
const tiesOf = ({ correlations: { items, uses, silent } }: Content): string =>
  JSON.stringify([
    items.map(({ detection }) => [detection.id, detection.version]),
    [...uses].filter(([, of]) => of.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [...silent].toSorted(),
  ]);

/** An editor writes a file in several steps, and `git pull` many files. */
const SETTLED_MS = 500;
/** The main thread alone gets signals; it passes them on. */
const CHANNEL = 'plumbline:rules';

/** Reloads the rules on SIGHUP, and when files in the folder were changed and no more changes come. */
export function watchRules(rules: LiveRules, folder: string, signal: AbortSignal, log: Logger): void {
  if (signal.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => rules.reload(), SETTLED_MS).unref();
  };
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.addEventListener('message', () => rules.reload());
  const passOn = channel.postMessage.bind(channel);
  const onHangUp = (): void => {
    rules.reload();
    passOn('reload');
  };
  if (isMainThread) process.on('SIGHUP', onHangUp);
  try {
    watch(folder, { recursive: true, persistent: false, signal }, soon).on('error', cannotWatch);
  } catch (thrown) {
    cannotWatch(thrown);
  }
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      process.off('SIGHUP', onHangUp);
      channel.close();
    },
    { once: true },
  );

  function cannotWatch(thrown: unknown): void {
    log.warn(
      { problem: describeError(thrown) },
      'rules: their folder cannot be watched; send SIGHUP instead',
    );
  }
}
