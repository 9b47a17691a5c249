import { registerEnumType } from 'type-graphql'

/** Every code that a refusal may carry; a Refusal class names one of them, and each belongs to one class. */
export const errorCodes = {
  REFUSED: 'Refused; the message says why.',
  BAD_INPUT: 'The input has the right type but not a usable value.',
  NOT_FOUND: 'No such thing, or not one that the caller may see.',
  FORBIDDEN: 'The caller is known but may not do this here.',
  VERSION_CONFLICT: 'Somebody changed the thing since the caller read it.',
  ILLEGAL_TRANSITION: 'The action is not possible in the present state.',
  DEPLOYMENT_ALREADY_STARTED: 'Somebody else started the deployment first.',
  START_REFUSED: 'Several rules refuse the start; the evidence lists them.',
  TARGET_NOT_USABLE: 'A target of the deployment may not be changed now.',
  NOT_DEPLOYABLE: 'The plan lacks something that a deployment needs.',
  NO_WAY_BACK: 'There is nothing to roll back to, or it is too early.',
  WRONG_DISTRIBUTION: 'Done by a module what people should do, or the other way round.',
  HELD_BY_ANOTHER: 'Somebody else holds the deployment; taking it over asks for a reason.',
  NOT_IN_YOUR_HANDS: 'Only whoever holds the deployment, or whom it is handed over to, does this.',
  ALREADY_ACKNOWLEDGED: 'Somebody is on what went wrong already.',
  DEPLOYMENT_UNDER_WAY: 'A deployment of the task is under way.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used before for something else.',
  WRONG_CREDENTIALS: 'Login and password do not belong together.',
  TOO_MANY_TRIES: 'Too many failed attempts; wait before the next one.',
  LINK_NOT_VALID: 'The one-time link is unknown, used or too old.',
  WEAK_PASSWORD: 'The password does not follow the rules.',
  LOGIN_TAKEN: 'Another account has this login.',
  VIEW_NAME_TAKEN: 'Another view of the account and page has this name.',
  LAST_ADMIN: 'Somebody must stay able to manage the whole installation.',
  NOT_YOURS_TO_GRANT: 'Nobody gives away rights that they do not hold.',
  ITEM_PROTECTED: 'The item is in a protected state, and no release in progress lists it.',
  TARGET_NOT_AUTHORIZED: 'Only an authorized item can be a target.',
  NOT_TARGETABLE: 'Software cannot be distributed to items of that class.',
  SOURCE_NOT_AVAILABLE: 'Only an available package version can be a source.',
  RELEASE_NOT_EDITABLE: 'The release is under way or over; it is not edited any more.',
  TASK_NOT_EDITABLE: 'The task is under way or over; it is not edited any more.',
  TASK_NOT_READY: 'Something the task needs is missing; the message names it.',
  RELEASE_NOT_STARTED: 'The release has not started, so no task of it can.',
  TASK_CYCLE: 'The tasks would wait for each other.',
  TASKS_OPEN: 'The release still has tasks that are not over.',
  NOT_VALIDATED: 'The deployment has no validation that still holds.',
  NOT_APPROVED: 'Nobody has approved what would be done now.',
  SEPARATION_OF_DUTIES: 'Author, approver and deployer have to be three people.',
  RELEASE_AUTHOR: 'Who made or edited a release cannot decide about it.',
  REVISION_CHANGED: 'What was looked at is not what the release says any more.',
  DIGEST_CHANGED: 'What was looked at is not what is planned any more.',
  REPOSITORY_KIND_UNKNOWN: 'There is no such kind of repository.',
  MODULE_MISSING: 'There is no integration module for the product, or it cannot do what was asked.',
  GRAPH_NOT_READY: 'The graph of items is being built, or has not come as far as was asked for.',
  SAMPLE_ALREADY_OPEN: 'The sample estate is registered here already.',
  NO_WORKER_HERE: 'No program on this machine carries anything out.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** The GraphQL enum, made from the list. */
export const ErrorCodeEnum = Object.fromEntries(Object.keys(errorCodes).map((code) => [code, code])) as Record<
  ErrorCode,
  ErrorCode
>

registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'Why a mutation was refused.',
  valuesConfig: Object.fromEntries(Object.entries(errorCodes).map(([code, description]) => [code, { description }])),
})
