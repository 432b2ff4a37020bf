import rhea from 'rhea';
import type { EventContext, Message } from 'rhea';

/** The format of a message that holds a batch of messages, each in a data section of its own. */
const BATCH_FORMAT = 0x80013700;

const bytesOf = ({ body }: Message): Buffer => {
  const content: unknown = (body as { content?: unknown } | undefined)?.content ?? body;
  if (Buffer.isBuffer(content)) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content ?? null));
};

/** The bodies that a producer sent with one transfer. */
export function readBatch({ message, delivery }: EventContext): Buffer[] {
  if (message === undefined) return [];
  if (delivery?.format !== BATCH_FORMAT) return [bytesOf(message)];
  const outer = Buffer.isBuffer(message) ? rhea.message.decode(message) : message;
  const content: unknown = (outer['body'] as { content?: unknown }).content;
  const sections = Array.isArray(content) ? (content as Buffer[]) : [content as Buffer];
  return sections.map((section) => bytesOf(rhea.message.decode(section) as unknown as Message));
}
