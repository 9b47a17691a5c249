import { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { ProtectedEstate, Said } from './protection.ts'

/** What tests of protection do with hosts: change them, and have something seen of them. Hosts are in PRODUCTION unless said. */
export function handsOn(estate: ProtectedEstate) {
  const does: ProtectedEstate['does'] = (...call) => estate.does(...call)
  const update = (item: ConfigurationItem, attributes: object = { port: 81 }) =>
    does('itemUpdate', 'ItemUpdateInput', { id: item.id, attributes })
  const moved = (item: ConfigurationItem, action: string) => does('itemMove', 'ItemMoveInput', { id: item.id, action })
  const errorsOf = async (answer: Promise<{ userErrors: Said[] }>) => (await answer).userErrors
  const another = () => estate.host({ state: 'TEST' })

  /** The result of this kind about an item, after all was compared. */
  async function resultAbout(host: ConfigurationItem, kind: string) {
    await estate.reconcile()
    const { reconciliationResults } = await estate.query<{
      reconciliationResults: { nodes: { id: string }[] }
    }>(
      `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 9, filter: $filter) { nodes { id } } }`,
      {
        filter: { itemId: host.id, kinds: [kind], states: ['OPEN'] },
      },
    )
    return reconciliationResults.nodes[0]!
  }
  /** A protected host, linked with what is seen of it. */
  async function aLinked(attributes: Record<string, unknown> = {}) {
    const host = await estate.host({ attributes: { port: 80 } })
    const seen = await estate.see(host.name, 'ComputerSystem', attributes)
    await estate.change(async (em) => {
      const item = await em.findOneOrFail(ConfigurationItem, host.uuid)
      item.actualItemId = seen.uuid
    })
    return { host, seen }
  }
  /** A protected host of which another port was seen than it should have, and the result that says so. */
  async function aDrift() {
    const { host } = await aLinked({ port: 8080 })
    return { host, result: await resultAbout(host, 'MISMATCH') }
  }

  /** UUID of the release of this number. */
  const uuidOf = async (number: string) =>
    (
      await estate.orm.em
        .getConnection()
        .execute<{ uuid: string }[]>('select uuid from release where ordinal = ?', [number.slice(4)])
    )[0]!.uuid

  return { does, update, moved, errorsOf, another, resultAbout, aLinked, aDrift, uuidOf }
}
