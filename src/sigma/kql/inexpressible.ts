/** Says what a query cannot know, in words for the person who reads the rule. */
export type Caveat = (words: string) => void;

/** A test that KQL has no exact words for. */
export class Inexpressible extends Error {}
