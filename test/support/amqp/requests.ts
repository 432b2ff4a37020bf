import type { Connection, EventContext, Message, Sender } from 'rhea';

/** Answers a request on `$cbs` or `$management`; undefined leaves it without an answer. */
export type Answer = (request: Message, connection: Connection) => Reply | undefined;

export interface Reply {
  readonly status: number;
  readonly description: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** The link of the same session that carries answers back: the client's receiver from the same address. */
const backLinks = new WeakMap<object, Map<string, Sender>>();

/** Remembers a link that answers go out on. */
export function rememberBackLink(address: string, { session, sender }: EventContext): void {
  if (session === undefined || sender === undefined) return;
  const links = backLinks.get(session) ?? new Map<string, Sender>();
  links.set(address, sender);
  backLinks.set(session, links);
}

/** Answers one request over the session it came on. */
export function answerRequest(address: string, context: EventContext, answer: Answer): void {
  const { message, session, connection } = context;
  if (message === undefined || session === undefined) return;
  const reply = answer(message, connection);
  if (reply === undefined) return;
  backLinks
    .get(session)
    ?.get(address)
    ?.send({
      correlation_id: message.message_id ?? '',
      application_properties: {
        'status-code': reply.status,
        'status-description': reply.description,
      },
      body: reply.body ?? '',
    });
}
