import { listed, warning, type Rule } from './rule.ts'

export const dependants: Rule = {
  id: 'dependants',
  title: 'Dependants are part of the release',
  holds: 'Everything that depends on a target is part of the release.',
  async check(recorder) {
    const { count, first } = await recorder.askOne('dependantsOutside', recorder.plan.deploymentId)
    if (count === 0) return []
    const names = await recorder.namesOf(first)
    const sorted = first.map((uuid) => names.get(uuid) ?? uuid).sort()
    const verb = count === 1 ? 'depends' : 'depend'
    return [
      warning(
        'Dependants outside the release',
        `${listed(sorted, count)} ${verb} on targets and ${count === 1 ? 'is' : 'are'} not part of the release.`,
        {
          advice: 'Tell their owners, or add them to the release.',
          evidence: { count, elsewhere: sorted },
        },
      ),
    ]
  },
}
