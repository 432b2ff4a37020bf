/**
 * Preloaded into Azurite by `startAzurite`. Its store sorts every index anew after each delete and looks for the blob by
 * its account, which all blobs share: seconds a delete at ten thousands of blobs. Here the name is asked first, and each
 * document is taken out of the indices by itself. What a delete does stays the same.
 */
import { createRequire } from 'node:module';

type Query = Readonly<Record<string, unknown>>;
interface Collection {
  find(query: Query): object[];
  remove(document: object): void;
  count: (this: Collection, query?: Query) => number;
  findAndRemove: (this: Collection, query: Query) => void;
}

const azurite = createRequire(new URL('../../node_modules/azurite/package.json', import.meta.url));
const { Collection } = azurite('lokijs') as { readonly Collection: { readonly prototype: Collection } };
const count = Collection.prototype.count;

/** The store asks its index for the first property alone. */
const nameFirst = (query: Query): Query => ('name' in query ? { name: query['name'], ...query } : query);

Collection.prototype.count = function (this: Collection, query) {
  return count.call(this, query === undefined ? undefined : nameFirst(query));
};
Collection.prototype.findAndRemove = function (this: Collection, query) {
  for (const document of this.find(nameFirst(query))) this.remove(document);
};
