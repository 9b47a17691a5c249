import { block, type NewFinding, type Rule } from './rule.ts'

export const sourceAndTargets: Rule = {
  id: 'source-and-targets',
  title: 'Source and targets are defined',
  holds:
    'The source is one of the release (or what a roll-back brings back), the targets are those of the task, and each can be reached.',
  async check(recorder) {
    const { source, targets, distribution, goesBack } = recorder.plan
    const uuids = targets.map(({ uuid }) => uuid)
    const findings: NewFinding[] = []
    if (!goesBack && !(await recorder.askOne('sourceInRelease', source.uuid))) {
      findings.push(
        block('Source is missing', `${source.name} is no source of the release any more.`, {
          advice: 'Add it to the release again, or make a deployment of another version.',
          evidence: { package: source.name },
        }),
      )
    }
    if (targets.length === 0) {
      findings.push(
        block('Targets are missing', 'The deployment has no target.', { advice: 'Choose some of the task’s targets.' }),
      )
    }
    const planned = await recorder.ask('itemInTask', uuids)
    for (const item of targets.filter(({ uuid }) => !planned.get(uuid))) {
      findings.push(
        block('Target was taken out', `${item.name} is no target of the task any more.`, {
          advice: 'Leave it out here as well, or add it to the task again.',
          item,
        }),
      )
    }
    if (distribution === 'MANUAL') return findings
    const reached = await recorder.ask('itemReached', uuids)
    for (const item of targets.filter(({ uuid }) => !reached.get(uuid))) {
      findings.push(
        block(
          'Target cannot be reached',
          `${item.name} is not reached through the product that the package is bound to.`,
          {
            advice: 'Run discovery of the product, or leave it out.',
            item,
          },
        ),
      )
    }
    return findings
  },
}
