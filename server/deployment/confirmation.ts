import { registerEnumType } from 'type-graphql'

/** Whether what was reported was seen (D8): a second field beside the state, decided by looking afterwards. */
export const confirmations = ['AWAITED', 'CONFIRMED', 'CONTRADICTED', 'UNCONFIRMED'] as const
export type Confirmation = (typeof confirmations)[number]

/** The enum object that type-graphql wants, from a list of names. */
export const enumOf = <T extends string>(names: readonly T[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<T, T>

export const ConfirmationEnum = enumOf(confirmations)

registerEnumType(ConfirmationEnum, {
  name: 'Confirmation',
  description: 'Whether an observation made after the report shows what was intended.',
  valuesConfig: {
    AWAITED: { description: 'Nobody has looked yet.' },
    CONFIRMED: { description: 'It was seen.' },
    CONTRADICTED: { description: 'Something else was seen.' },
    UNCONFIRMED: { description: 'Nobody could look.' },
  },
})
