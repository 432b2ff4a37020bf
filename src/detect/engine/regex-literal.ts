/** Shorter literals stand in most texts. */
const SHORTEST = 3;
const PLAIN_GROUP = '(?:';

/**
 * A text that every match of a regular expression (RE2's syntax) contains; undefined when none is seen at a glance.
 * Where letter case does not count it is folded, and every match contains it when folded by `foldText`.
 *
 * Its law: it may only weaken. Only what stands outside classes, in no alternative and under no quantifier that allows
 * none of it is taken, in groups too; before anything that is not understood it gives up.
 */
export function literalOfRegex(source: string, ignoresCase: boolean): string | undefined {
  let longest = '';
  let run: string[] = [];
  const end = (): void => {
    const text = run.join('');
    // The other case of `s` is a long s too, which `foldText` leaves as it is; other letters of ASCII have none such.
    const pieces = ignoresCase ? text.toLowerCase().split(/[^ -rt-~]/u) : [text];
    for (const piece of pieces) take(piece);
    run = [];
  };
  const take = (piece: string): void => {
    if (piece.length > longest.length) longest = piece;
  };
  const signs = Array.from(source);
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] ?? '';
    switch (sign) {
      case '|':
        return undefined;
      case '\\': {
        const escaped = signs[++at] ?? '';
        if (/[dswbDSWB]/u.test(escaped)) end();
        else if (/[^\p{L}\p{N}]/u.test(escaped)) run.push(escaped);
        else return undefined;
        break;
      }
      case '[':
      case '(': {
        end();
        const after = sign === '[' ? afterClass(signs, at) : afterGroup(signs, at);
        if (after === undefined) return undefined;
        if (sign === '(' && !/[*?{]/u.test(signs[after] ?? '')) {
          const from = signs[at + 1] === '?' ? at + PLAIN_GROUP.length : at + 1;
          take(literalOfRegex(signs.slice(from, after - 1).join(''), ignoresCase) ?? '');
        }
        at = after - 1;
        break;
      }
      case '.':
      case '^':
      case '$':
      case '+':
        end();
        break;
      case '*':
      case '?':
        run.pop();
        end();
        break;
      case '{': {
        const repeat = /^\{\d+(?:,\d*)?\}/u.exec(signs.slice(at).join(''))?.[0];
        if (repeat === undefined) run.push(sign);
        else {
          run.pop();
          end();
          at += repeat.length - 1;
        }
        break;
      }
      default:
        run.push(sign);
    }
  }
  end();
  return longest.length < SHORTEST ? undefined : longest;
}

/** Behind a class: `]` stands for itself right behind its begin. Named classes within it are not understood. */
function afterClass(signs: readonly string[], from: number): number | undefined {
  let at = from + 1;
  if (signs[at] === '^') at++;
  if (signs[at] === ']') at++;
  for (; at < signs.length; at++) {
    const sign = signs[at];
    if (sign === ']') return at + 1;
    if (sign === '[') return undefined;
    if (sign === '\\' && /[\p{L}\p{N}]/u.test(signs[++at] ?? '') && !/[dswDSWtnr]/u.test(signs[at] ?? ''))
      return undefined;
  }
  return undefined;
}

/** Behind a group; one that says more than that it is a group is not understood. */
function afterGroup(signs: readonly string[], from: number): number | undefined {
  let at = from + 1;
  if (signs[at] === '?' && signs[at + 1] !== ':') return undefined;
  while (at < signs.length) {
    const sign = signs[at];
    if (sign === ')') return at + 1;
    if (sign === '\\') {
      if (/[QpPx]/u.test(signs[at + 1] ?? '')) return undefined;
      at += 2;
    } else if (sign === '[' || sign === '(') {
      const after = sign === '[' ? afterClass(signs, at) : afterGroup(signs, at);
      if (after === undefined) return undefined;
      at = after;
    } else at++;
  }
  return undefined;
}
