/** Which of many texts a text starts with, or ends with: a tree walked from that end for as long as it has a way. */
export interface Affixes {
  /** @param from so many signs before that end do not count. (Default: 0) */
  find(text: string, tell: (place: number) => void, from?: number): void;
}

interface Node {
  readonly next: Map<number, Node>;
  readonly places: number[];
}

export function createAffixes(texts: readonly string[], side: 'start' | 'end'): Affixes {
  const unitAt = (text: string, at: number): number =>
    text.charCodeAt(side === 'start' ? at : text.length - 1 - at);
  const root: Node = { next: new Map(), places: [] };
  for (const [place, text] of texts.entries()) {
    let node = root;
    for (let at = 0; at < text.length; at++) {
      const unit = unitAt(text, at);
      const child = node.next.get(unit) ?? { next: new Map<number, Node>(), places: [] };
      node.next.set(unit, child);
      node = child;
    }
    node.places.push(place);
  }
  return {
    find(text, tell, from = 0) {
      let node: Node | undefined = root;
      for (let at = from; node !== undefined; at++) {
        for (const place of node.places) tell(place);
        if (at >= text.length || node.next.size === 0) return;
        node = node.next.get(unitAt(text, at));
      }
    },
  };
}
