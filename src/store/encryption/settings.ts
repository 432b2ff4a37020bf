import { z } from 'zod';
import { parseDuration } from '../../lib/clock.ts';
import { pseudonymChoices } from './columns.ts';
import { KEY_ID } from './key-vault.ts';

/**
 * How a lake is encrypted.
 *
 * @param credential the settings of an Azure credential.
 */
export const encryptionSettings = <Credential extends z.ZodType>(credential: Credential) =>
  z
    .strictObject({
      rotate: z
        .string()
        .regex(/^\d+[hd]$/, 'not a duration such as 12h or 30d')
        .prefault('30d')
        .transform((text) => parseDuration(text) ?? 0)
        .refine((ms) => ms > 0, 'a data key has to be used for some time')
        .describe('A new data key is made after this long.'),
      keyFile: z
        .string()
        .min(1)
        .optional()
        .describe('File with the key that wraps data keys: 32 bytes as base64; made on the first run.'),
      keyVault: z
        .strictObject({
          keyId: z
            .string()
            .regex(KEY_ID, 'not https://<vault>.vault.azure.net/keys/<name>/<version>')
            .describe('RSA key that wraps data keys, with its version.'),
          credential: credential.describe('Who wraps and unwraps: Key Vault Crypto Service Encryption User.'),
        })
        .optional()
        .describe('Key in Azure Key Vault or Managed HSM that wraps data keys, in place of a file.'),
      pseudonymise: z
        .array(z.enum(pseudonymChoices))
        .default([])
        .describe('What stands in events and findings under a pseudonym: actor, target.'),
    })
    .refine(
      ({ keyFile, keyVault }) => (keyFile === undefined) !== (keyVault === undefined),
      'exactly one of keyFile and keyVault is needed',
    );
