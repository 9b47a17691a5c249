import { beforeAll, describe, expect, test } from 'vitest'
import { type ConfigurationItem } from '../../server/item/item.entity.ts'
import { makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { rows } from '../../server/kernel/sql.ts'
import { aProtectedEstate, type Said } from '../support/protection.ts'
import { handsOn } from '../support/protected-hosts.ts'

const estate = aProtectedEstate()
const { does, update, moved, errorsOf, another, resultAbout, aLinked, aDrift, uuidOf } = handsOn(estate)

beforeAll(async () => {
  await estate.protect('ComputerSystem', ['PRODUCTION'])
  await estate.protect('Site', ['PRODUCTION'])
})

/** One try at a protected item: what a release has to list for it, and the call. */
interface Attempt {
  listed: ConfigurationItem[]
  call(): Promise<{ userErrors: Said[] }>
}

/** A host in production with a value that it did not have in test, and when that was. */
async function aLife() {
  const host = await estate.host({ state: 'TEST' })
  await update(host, { port: 80 })
  const then = await aMoment()
  await update(host, { port: 443 })
  await moved(host, 'goLive')
  return { host, then }
}
async function related(type: string, source: ConfigurationItem, target: ConfigurationItem) {
  const edge = { type, sourceId: source.uuid, targetId: target.uuid }
  return (await estate.change((em) => relate(em, [edge])))[0]!
}
/** A host of which something was seen, and the question whether something else that was seen is the same. */
async function aTwin(state: ConfigurationItem['state']) {
  const host = await estate.host({ state })
  const [seen, twin] = [await estate.see(host.name), await estate.see(`${host.name}.local`)]
  const sql = (text: string, values: unknown[]) => estate.orm.em.getConnection().execute<{ id: string }[]>(text, values)
  await sql('update configuration_item set actual_item_id = ? where uuid = ?', [seen.uuid, host.uuid])
  const [question] = await sql(
    `insert into identity_question (uuid, number, kind, state, item_id, candidates, rule, evidence)
     select gen_random_uuid(), 'IDQ-' || nextval('identity_question_number'), 'PROPOSED', 'OPEN', ?, array[?::uuid], 'test', '{}'
     returning 'idq_' || replace(uuid::text, '-', '') as id`,
    [twin.uuid, seen.uuid],
  )
  const { id } = question!
  await sql(
    `update identity_question set evidence = jsonb_build_object('candidates', jsonb_build_array(
       jsonb_build_object('itemId', candidates[1], 'agree', '[]'::jsonb, 'against', '[]'::jsonb))) where item_id = ?`,
    [twin.uuid],
  )
  return {
    host,
    id,
    merge: () => does('identityMerge', 'IdentityMergeInput', { id, candidateId: seen.id }),
    undo: () => does('identityUndo', 'MoveInput', { id }),
  }
}

const ways: Record<string, () => Promise<Attempt>> = {
  async 'editing it'() {
    const host = await estate.host()
    return { listed: [host], call: () => update(host) }
  },
  async 'moving it on in its life'() {
    const host = await estate.host()
    return { listed: [host], call: () => moved(host, 'decommission') }
  },
  async 'relating it with another'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { type: 'dependsOn', sourceId: host.id, targetId: other.id }
    return { listed: [host], call: () => does('relationshipCreate', 'RelationshipCreateInput', input) }
  },
  async 'relating another with it'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { type: 'dependsOn', sourceId: other.id, targetId: host.id }
    return { listed: [host], call: () => does('relationshipCreate', 'RelationshipCreateInput', input) }
  },
  async 'removing a relationship of which it is the source'() {
    const host = await estate.host()
    const { id } = await related('dependsOn', host, await another())
    return { listed: [host], call: () => does('relationshipRemove', 'IdInput', { id }) }
  },
  async 'removing a relationship of which it is the target'() {
    const host = await estate.host()
    const { id } = await related('dependsOn', await another(), host)
    return { listed: [host], call: () => does('relationshipRemove', 'IdInput', { id }) }
  },
  async 'restoring an older version of it'() {
    const { host, then } = await aLife()
    return { listed: [host], call: () => does('itemRestore', 'ItemRestoreInput', { id: host.id, at: then }) }
  },
  async 'restoring a relationship of another with it'() {
    const [host, other] = [await estate.host({ state: 'TEST' }), await another()]
    const edge = await related('dependsOn', other, host)
    const then = await aMoment()
    await does('relationshipRemove', 'IdInput', { id: edge.id })
    await moved(host, 'goLive')
    return { listed: [host], call: () => does('itemRestore', 'ItemRestoreInput', { id: other.id, at: then }) }
  },
  async 'making an item in a site that it is'() {
    const site = await estate.site()
    const input = { name: `new in ${site.name}`, className: 'ComputerSystem', siteId: site.id }
    return { listed: [site], call: () => does('itemCreate', 'ItemCreateInput', input) }
  },
  async 'changing it with others at once'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { ids: [host.id, other.id], attributes: { port: 81 } }
    return { listed: [host], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'moving others into a site that it is'() {
    const site = await estate.site()
    const input = { ids: [(await another()).id], siteId: site.id }
    return { listed: [site], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'moving others out of a site that it is'() {
    const [site, host] = [await estate.site(), await another()]
    await related('locatedIn', host, site)
    const fresh = await estate.change(
      async (em) => (await makeItems(em, 'Site', [`${site.name}-b`], { state: 'TEST' }))[0]!,
    )
    const input = { ids: [host.id], siteId: fresh.id }
    return { listed: [site], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'undoing a change of many items'() {
    const host = await estate.host({ state: 'TEST' })
    const input = { ids: [host.id], state: 'PRODUCTION' }
    const { undoId } = await does<{ undoId: string }>('itemsChange', 'ItemsChangeInput', input, 'undoId')
    return { listed: [host], call: () => does('itemsUndo', 'ItemsUndoInput', { undoId }) }
  },
  async 'taking over what was seen of it'() {
    const { host, result } = await aDrift()
    const input = { id: result.id, action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'taking over what was seen of it, with other results'() {
    const { host, result } = await aDrift()
    const input = { ids: [result.id], action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultsResolve', 'ReconciliationResultsResolveInput', input),
    }
  },
  async 'saying by hand that something else that was seen is the same'() {
    const { host, merge } = await aTwin('PRODUCTION')
    return { listed: [host], call: merge }
  },
  async 'taking back that something else that was seen is the same'() {
    const { host, merge, undo } = await aTwin('TEST')
    expect(await errorsOf(merge())).toEqual([])
    await moved(host, 'goLive')
    return { listed: [host], call: undo }
  },
  async 'decommissioning it because it is not seen any more'() {
    const { host, seen } = await aLinked()
    await rows(estate.orm.em.fork(), `update actual_item set state = 'MISSING' where uuid = $1`, [seen.uuid])
    const input = { id: (await resultAbout(host, 'MISSING')).id, action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'relating it as it was seen'() {
    const [one, other] = [await aLinked(), await aLinked()]
    await rows(
      estate.orm.em.fork(),
      `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
       values (gen_random_uuid(), 'dependsOn', $1, $2, 'test', now(), now())`,
      [one.seen.uuid, other.seen.uuid],
    )
    const input = { id: (await resultAbout(one.host, 'MISMATCH')).id, action: 'acceptActual' }
    return {
      listed: [one.host, other.host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'linking it with what was seen by hand'() {
    const host = await estate.host()
    const seen = await estate.see(`${host.name}.local`)
    const input = { itemId: host.id, actualItemId: seen.id }
    return { listed: [host], call: () => does('reconciliationLink', 'ReconciliationLinkInput', input) }
  },
}

describe('a protected item is changed only while an approved release in progress lists it', () => {
  test.each(Object.keys(ways))('%s', async (way) => {
    const [early, timely, late] = [await ways[way]!(), await ways[way]!(), await ways[way]!()]
    const [item] = early.listed as [ConfigurationItem]
    const [alone] = await errorsOf(early.call())
    expect(alone).toMatchObject({ code: 'ITEM_PROTECTED', rule: 'protected state' })
    expect(alone!.message).toContain(`${item.name} is PRODUCTION, which is protected`)
    expect(alone!.message).toContain('No release lists it.')
    expect(alone!.evidence).toEqual({ state: 'PRODUCTION', protectedBy: item.className, releases: [] })

    const release = await estate.release([...early.listed, ...timely.listed, ...late.listed])
    const [planned] = await errorsOf(early.call())
    expect(planned!.message).toContain(
      `Listed by ${release.number} (DRAFT), neither in progress nor approved by another person.`,
    )
    expect(planned!.evidence).toMatchObject({ releases: [{ ...release, state: 'DRAFT' }] })

    await estate.start(release)
    expect(await errorsOf(timely.call())).toEqual([])
    const [permitted] = await estate.orm.em
      .getConnection()
      .execute<{ n: number }[]>('select count(*)::int as n from graph_change where release_ids = array[?::uuid]', [
        await uuidOf(release.number),
      ])
    expect(permitted!.n).toBe(1)

    await estate.complete(release)
    const [over] = await errorsOf(late.call())
    expect(over!.message).toContain(`Listed by ${release.number} (COMPLETED), over by now.`)
  })
})

test('a question of identity says beforehand that protection stands against a merge or its undoing', async () => {
  const offered = async (id: string) => {
    const text = `query($id: ID!) { identityQuestion(id: $id) { allowedActions candidates { whyNotMerge } } }`
    type Answer = { identityQuestion: { allowedActions: string[]; candidates: { whyNotMerge: string | null }[] } }
    const { allowedActions, candidates } = (await estate.query<Answer>(text, { id })).identityQuestion
    return { allowedActions, why: candidates[0]!.whyNotMerge }
  }
  const stopped = await aTwin('PRODUCTION')
  expect(await offered(stopped.id)).toEqual({
    allowedActions: ['keepApart', 'dismiss'],
    why: `${stopped.host.name} is PRODUCTION, which is protected: to change it, its state or its relationships takes a release in progress that lists it and that another person approved.`,
  })
  expect((await errorsOf(stopped.merge()))[0]!.message).toContain((await offered(stopped.id)).why)
  const free = await aTwin('TEST')
  expect(await offered(free.id)).toEqual({ allowedActions: ['merge', 'keepApart', 'dismiss'], why: null })
  expect(await errorsOf(free.merge())).toEqual([])
  expect((await offered(free.id)).allowedActions).toEqual(['undo'])
  await moved(free.host, 'goLive')
  expect((await offered(free.id)).allowedActions).toEqual([])
  expect((await errorsOf(free.undo()))[0]!.message).toContain('which is protected')
})
