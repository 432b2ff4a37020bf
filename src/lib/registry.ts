import { z } from 'zod';

type Kind = { readonly type: string; readonly settings: z.core.$ZodTypeDiscriminable };
type SettingsOf<T extends readonly Kind[]> = { readonly [K in keyof T]: T[K]['settings'] };

/** One schema for the settings of every kind in a registry, told apart by `type`. */
export const settingsUnion = <T extends readonly [Kind, ...Kind[]]>(kinds: T) =>
  z.discriminatedUnion(
    'type',
    kinds.map(({ settings }) => settings) as unknown as SettingsOf<T> &
      readonly [Kind['settings'], ...Kind['settings'][]],
  );

/**
 * Makes the component that `settings.type` names. Each kind was given the settings of its own kind: the schema
 * of the union has told them apart.
 */
export function createByType<C, R>(
  kinds: readonly { readonly type: string; readonly create: (settings: never, context: C) => R }[],
  settings: { readonly type: string },
  context: C,
): R {
  const kind = kinds.find(({ type }) => type === settings.type);
  if (kind === undefined) throw new RangeError(`nothing of type ${settings.type} is registered`);
  return kind.create(settings as never, context);
}
