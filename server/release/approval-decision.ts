import { registerEnumType } from 'type-graphql'

/** What a person can say about what others prepared: a release, or what was validated of a deployment. */
export const approvalDecisions = ['APPROVED', 'REJECTED'] as const
export type ApprovalDecision = (typeof approvalDecisions)[number]
export const ApprovalDecisionEnum = Object.fromEntries(approvalDecisions.map((one) => [one, one])) as {
  [D in ApprovalDecision]: D
}

registerEnumType(ApprovalDecisionEnum, { name: 'ApprovalDecision' })
