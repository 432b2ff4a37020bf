import type { z } from 'zod';
import { createByType, settingsUnion } from '../lib/registry.ts';
import type { Anchor, AnchorContext } from './anchor.ts';
import { file } from './file.ts';
import { mail } from './mail.ts';
import { rfc3161 } from './rfc3161.ts';
import { webhook } from './webhook.ts';
import { wormContainer } from './worm-container.ts';

/** Every kind of anchor. A new one is its own file and its name here. */
export const anchors = [file, wormContainer, mail, webhook, rfc3161] as const;

export const AnchorSettings = settingsUnion(anchors);
export type AnchorSettings = z.infer<typeof AnchorSettings>;

/** Makes the anchor that the settings name. */
export const createAnchor = (settings: AnchorSettings, context: AnchorContext): Anchor =>
  createByType(anchors, settings, context);
