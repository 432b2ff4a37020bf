import { z } from 'zod';
import { PipelineError } from '../lib/errors.ts';
import { defineAnchor, fileNameOf } from './anchor.ts';
import { SECOND_MS } from '../lib/clock.ts';

/** The mail server's error without what it was asked with. */
function reasonOf(thrown: unknown): string {
  const { code, responseCode } = thrown as { readonly code?: unknown; readonly responseCode?: unknown };
  if (typeof responseCode === 'number') return `it answered ${responseCode}`;
  return typeof code === 'string' ? code : 'no reason given';
}

/** Mails the checkpoint: a mailbox that somebody else keeps has it with a date. */
export const mail = defineAnchor({
  type: 'mail',
  summary: 'Mails each checkpoint, in the text and as an attachment.',
  settings: z.strictObject({
    type: z.literal('mail'),
    server: z
      .url({ protocol: /^smtps?$/ })
      .describe('smtp://host:port, or smtps://; as `${NAME}` with a password.'),
    from: z.email(),
    to: z.array(z.email()).min(1),
  }),
  create:
    ({ server, from, to }) =>
    async (head) => {
      const { createTransport } = await import('nodemailer');
      const transport = createTransport(server, {});
      transport.options.connectionTimeout = 30 * SECOND_MS;
      try {
        const { messageId } = await transport.sendMail({
          from,
          to: [...to],
          subject: `Evidence log ${head.origin}, ${head.size} leaves`,
          text: `Keep this: \`plumbline verify --since\` shows with it that nothing was taken back.\n\n${head.checkpoint}`,
          attachments: [{ filename: fileNameOf(head), content: head.checkpoint }],
          messageId: `<${fileNameOf(head)}@${from.split('@')[1] ?? 'localhost'}>`,
        });
        return Buffer.from(`${messageId}\n${head.checkpoint}`);
      } catch (thrown) {
        // Its own error may quote the address with the password: no cause is kept.
        throw new PipelineError('STORE_FAILED', `mail ${new URL(server).host}`, reasonOf(thrown));
      } finally {
        transport.close();
      }
    },
});
