import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { Deployment } from '../deployment/deployment.entity.ts'
import { DeploymentPayload } from '../deployment/deployment.types.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { Approval } from './approval.entity.ts'
import { DeploymentApproveInput, DeploymentRejectInput } from './approval.inputs.ts'
import { approvalsOf, isValid } from './approval.reads.ts'
import { approveDeployment, rejectDeployment } from './approval.service.ts'

@Resolver(() => Approval)
export class ApprovalResolver {
  @Authorized('deployment.approve')
  @Mutation(() => DeploymentPayload, {
    description: 'Signs what was validated. Not by the author, and a third person then starts it.',
  })
  async deploymentApprove(
    @Ctx() context: Context,
    @Arg('input', () => DeploymentApproveInput) input: DeploymentApproveInput,
  ) {
    return { deployment: await approveDeployment(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.approve')
  @Mutation(() => DeploymentPayload, { description: 'Says no to what was validated, and why.' })
  async deploymentReject(
    @Ctx() context: Context,
    @Arg('input', () => DeploymentRejectInput) input: DeploymentRejectInput,
  ) {
    return { deployment: await rejectDeployment(context.em, viewerOf(context), input) }
  }

  @FieldResolver(() => Account)
  by(@Root() approval: Approval, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, approval.byId)
  }

  @FieldResolver(() => Boolean, { description: 'Whether it still lets the deployment start, or did.' })
  valid(@Root() approval: Approval, @Ctx() context: Context): Promise<boolean> {
    return isValid(context, approval)
  }
}

/** What approval adds to a deployment. */
@Resolver(() => Deployment)
export class DeploymentApprovalsResolver {
  @FieldResolver(() => [Approval], { description: 'What people decided about it, oldest first.' })
  approvals(@Root() deployment: Deployment, @Ctx() context: Context): Promise<Approval[]> {
    return approvalsOf(context, deployment.uuid)
  }
}
