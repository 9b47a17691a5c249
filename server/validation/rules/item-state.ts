import { block, type Rule } from './rule.ts'

export const itemState: Rule = {
  id: 'item-state',
  title: 'Items are in a usable state',
  holds: 'No target is decommissioned or not ready.',
  async check(recorder) {
    const { targets } = recorder.plan
    const authorized = await recorder.ask(
      'itemAuthorized',
      targets.map(({ uuid }) => uuid),
    )
    const others = targets.filter(({ uuid }) => !authorized.get(uuid))
    const states = await recorder.ask(
      'itemState',
      others.map(({ uuid }) => uuid),
    )
    return others.flatMap((item) => {
      const state = states.get(item.uuid)
      const facts = { evidence: { state }, item }
      if (state === 'DECOMMISSIONED') {
        const message = `${item.name} is DECOMMISSIONED: nothing about it is changed any more.`
        return [block('Item is decommissioned', message, { ...facts, advice: `Leave ${item.name} out.` })]
      }
      if (state === 'NOT_READY') {
        const advice = `Make ${item.name} ready (TEST, BUILD or PRODUCTION), or leave it out.`
        return [block('Item is not ready', `${item.name} is NOT_READY: it is not in use yet.`, { ...facts, advice })]
      }
      return []
    })
  },
}
