import { expect, test } from 'vitest'
import type { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { PREVIEW, reconciliationOfTests, type Run } from '../support/reconciling.ts'

const { estate, viewer, save, run, see, pair, observe } = reconciliationOfTests()

test('a dry run shows what a result would: both values, the rule, candidates; page by page, and to whom it concerns', async () => {
  const { task } = await save({
    name: 'Previewed',
    classNames: ['Database'],
    linkRules: [{ by: 'NAME', strength: 'WEAK' }],
  })
  const { item } = await pair('Database', 'ledger', { version: '1' })
  await observe({ uuid: item.actualItemId } as ActualItem, { version: '2' })
  await see('Database', 'twin')
  await estate.change((em) => makeItems(em, 'Database', ['twin']))
  for (const name of ['s-1', 's-2', 's-3']) await see('Database', name)
  const dry = await run(task.id, true)
  const line = (kind: string) => dry.preview.nodes.find((one) => one.kind === kind)
  expect(line('MISMATCH')).toMatchObject({
    code: expect.any(String),
    configurationItem: { name: 'ledger' },
    differences: [{ attribute: 'version', authorized: '1', actual: '2' }],
  })
  expect(line('LINK_FAILURE')).toMatchObject({
    code: 'WEAK_CANDIDATES',
    actualItem: { name: 'twin' },
    candidates: [{ name: 'twin' }],
  })
  const page = async (args: string, who = viewer) =>
    (
      await estate.query<{ reconciliationRun: Run }>(
        `query($id: ID!) { reconciliationRun(id: $id) { preview(${args}) { ${PREVIEW} } } }`,
        { id: dry.id },
        who,
      )
    ).reconciliationRun.preview
  const first = await page('first: 2, kinds: [UNEXPECTED]')
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  const rest = await page(`first: 2, kinds: [UNEXPECTED], after: "${first.pageInfo.endCursor}"`)
  expect([...first.nodes, ...rest.nodes].map(({ actualItem }) => actualItem!.name).toSorted()).toEqual([
    's-1',
    's-2',
    's-3',
  ])
  // Somebody of another site sees nothing of what concerns items that are not theirs.
  expect(await page('first: 9', aViewer([uuidv7()]))).toMatchObject({ totalCount: 0, nodes: [] })

  const next = await run(task.id, true)
  expect(next.preview.totalCount).toBe(dry.preview.totalCount)
  expect((await page('first: 9')).totalCount).toBe(0)
})
