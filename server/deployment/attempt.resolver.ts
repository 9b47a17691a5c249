import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import type { Context } from '../kernel/context.ts'
import { Attempt } from './attempt.entity.ts'
import { workingStates } from './attempt.lifecycle.ts'
import { deploymentOf } from './deployment.reads.ts'
import { AttemptStep, UsualTime, type StepState } from './deployment.types.ts'
import { DeploymentTarget } from './target.entity.ts'
import { targetOf } from './target.reads.ts'
import { usualFor, type Usual } from './usual-time.ts'

@Resolver(() => Attempt)
export class AttemptResolver {
  @FieldResolver(() => DeploymentTarget)
  target(@Root() attempt: Attempt, @Ctx() context: Context) {
    return targetOf(context, attempt.targetId)
  }

  @FieldResolver(() => Account, { nullable: true, description: 'Who started the deployment.' })
  startedBy(@Root() attempt: Attempt, @Ctx() context: Context) {
    return accountField(context, attempt.startedById)
  }

  @FieldResolver(() => [AttemptStep], {
    description: 'As far as they are known: while it runs, up to the present one.',
  })
  async steps(@Root() attempt: Attempt, @Ctx() context: Context): Promise<AttemptStep[]> {
    const usual = await usualFor(context, attempt)
    if (!(workingStates as readonly string[]).includes(attempt.state))
      return attempt.stepReceipts.map((receipt) => ended(receipt, usual))
    const [target, deployment] = await Promise.all([
      targetOf(context, attempt.targetId),
      deploymentOf(context, attempt.deploymentId),
    ])
    const at = target?.stepIndex ?? 0
    return (deployment?.steps ?? []).slice(1).map((name, index) => {
      return step(name, index + 1 < at ? 'DONE' : index + 1 === at ? 'RUNNING' : 'PENDING', null, usual)
    })
  }

  @FieldResolver(() => UsualTime, { nullable: true })
  async usual(@Root() attempt: Attempt, @Ctx() context: Context): Promise<UsualTime | null> {
    return (await usualFor(context, attempt)).whole
  }
}

function ended({ step: name, outcome, duration }: Attempt['stepReceipts'][number], usual: Usual): AttemptStep {
  return step(name, outcome === 'ok' || outcome === 'skipped' ? 'DONE' : 'FAILED', duration / 1_000, usual)
}

const step = (name: string, state: StepState, seconds: number | null, usual: Usual): AttemptStep =>
  Object.assign(new AttemptStep(), {
    name,
    title: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    state,
    seconds,
    usual: usual.step(name),
  })
