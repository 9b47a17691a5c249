import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { lexicographicSortSchema, printSchema, validateSchema } from 'graphql'
import { expect, test } from 'vitest'
import { buildSchema } from '../../server/schema.ts'

/** `UPDATE_SCHEMA=1 npx vitest run test/integration/schema.test.ts` writes the file instead of comparing it. */
test('the committed schema is the one the classes make', async () => {
  const file = new URL('../../schema.graphql', import.meta.url)
  const schema = buildSchema()
  expect(validateSchema(schema)).toEqual([])
  const built = `${printSchema(lexicographicSortSchema(schema))}\n`
  if (process.env.UPDATE_SCHEMA) await import('node:fs/promises').then(({ writeFile }) => writeFile(file, built))
  expect(readFileSync(file, 'utf8')).toBe(built)
})
