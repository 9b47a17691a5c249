import { expect, it } from 'vitest'
import { withFragments } from '../../dashboard/vite/inline-documents.ts'

const fragments = new Map([
  ['Row_item', 'fragment Row_item on Item { id ...Mark_item }'],
  ['Mark_item', 'fragment Mark_item on Item { state }'],
])

it('adds every fragment that a document reaches, once', () => {
  const text = withFragments('query Q { a { ...Row_item } b { ...Mark_item ... on Item { name } } }', fragments)
  expect(text.match(/fragment /g)).toHaveLength(2)
  expect(text).toContain('fragment Mark_item on Item { state }')
})

it('names a fragment that is written nowhere', () => {
  expect(() => withFragments('query Q { a { ...Gone_item } }', fragments)).toThrow(
    'The fragment Gone_item is spread but written nowhere',
  )
})
