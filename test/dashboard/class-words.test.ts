import { expect, it } from 'vitest'
import { protectionWords } from '../../dashboard/src/features/catalogue/catalogue.ts'

const titleOf = (name: string) => `the ${name.toLowerCase()}`

it('says which states a class protects, and which class says so', () => {
  const words = (protectedStates: ('TEST' | 'BUILD' | 'PRODUCTION')[], protectedBy: string | null) =>
    protectionWords({ name: 'Blade', protectedStates, protectedBy }, titleOf)
  expect(words([], null)).toBe('None of its states is protected.')
  expect(words([], 'Machine')).toBe('None of its states is protected, as the machine says.')
  expect(words(['PRODUCTION'], 'Blade')).toBe(
    'Protected in production: to change such an item takes an approved release in progress that lists it.',
  )
  expect(words(['TEST', 'BUILD', 'PRODUCTION'], 'Machine')).toMatch(
    /^Protected in test, build, and production, as the machine says: /,
  )
})
