import { buildSchemaSync, getMetadataStorage, type NonEmptyArray } from 'type-graphql'
import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql'
import { AccountResolver, GrantResolver } from './account/account.resolver.ts'
import { ApiTokenResolver } from './account/api-token.resolver.ts'
import { DefaultViewResolver } from './account/default-view.resolver.ts'
import { SavedViewResolver } from './account/saved-view.resolver.ts'
import { SignInResolver } from './account/sign-in.resolver.ts'
import { AuditResolver } from './audit/audit.resolver.ts'
import { ApprovalResolver, DeploymentApprovalsResolver } from './approval/approval.resolver.ts'
import { CatalogueResolver } from './catalogue/catalogue.resolver.ts'
import { gateMutations } from './audit/mutation-gate.ts'
import {
  ActualItemResolver,
  ActualRelationshipResolver,
  ItemDiscoveryResolver,
  ObservationResolver,
} from './discovery/actual.resolver.ts'
import {
  ActualItemHistoryResolver,
  ActualVersionResolver,
  ItemObservedHistoryResolver,
} from './discovery/actual-history.resolver.ts'
import { DiscoveryChangeResolver } from './discovery/discovery-change.resolver.ts'
import { DiscoveryResolver, ProductDiscoveryResolver } from './discovery/discovery.resolver.ts'
import {
  ActualItemQuestionsResolver,
  IdentityCandidateResolver,
  IdentityQuestionResolver,
} from './discovery/identity/question.resolver.ts'
import { IdentityRuleResolver } from './discovery/identity/rule.resolver.ts'
import { SourceWordResolver, WhyValueResolver } from './discovery/identity/why.resolver.ts'
import { DiscoveryPolicyResolver } from './discovery/policy.resolver.ts'
import { DiscoveryFileResolver } from './discovery/file.resolver.ts'
import { DiscoveryPreviewResolver } from './discovery/preview.resolver.ts'
import { DiscoverySubscription } from './discovery/discovery.subscription.ts'
import { HostKeyResolver, ProductHostsResolver } from './discovery/host.resolver.ts'
import { DifferenceResolver, ItemDifferenceResolver } from './item/time/difference.resolver.ts'
import { FieldChangeResolver } from './item/time/field-change.resolver.ts'
import { DefaultViewScopeResolver } from './item/default-view-scope.resolver.ts'
import { GrantScopeResolver } from './item/grant-scope.resolver.ts'
import { ItemHistoryResolver, ItemVersionResolver, RelationshipChangeResolver } from './item/time/history.resolver.ts'
import { EstateMapResolver } from './item/graph/estate-map.resolver.ts'
import {
  GraphCycleResolver,
  GraphPathStepResolver,
  GraphResolver,
  OutsideDependantsResolver,
} from './item/graph/graph.resolver.ts'
import { ItemNeighbourhoodResolver, NeighbourhoodResolver } from './item/graph/neighbourhood.resolver.ts'
import {
  HeldGroupResolver,
  ImpactNodeResolver,
  ImpactResolver,
  ImpactServiceResolver,
  ItemImpactResolver,
} from './item/graph/impact.resolver.ts'
import { otherInMemory, relationshipsInMemory } from './item/graph/relationships-in-memory.ts'
import { ActualItemFacetsResolver } from './discovery/actual-facets.resolver.ts'
import { ItemFacetsResolver } from './item/facets.resolver.ts'
import { ItemsChangeResolver } from './item/bulk/items-change.resolver.ts'
import { ItemClassCountResolver, ItemResolver } from './item/item.resolver.ts'
import { ItemSubscription } from './item/item.subscription.ts'
import {
  ItemRelationshipsResolver,
  RelationshipResolver,
  RelationshipTypeCountResolver,
} from './item/relationship.resolver.ts'
import { ItemRelationshipGroupsResolver, RelationshipGroupResolver } from './item/relationship-groups.resolver.ts'
import { RestoreResolver } from './item/time/restore.resolver.ts'
import { AttemptResolver } from './deployment/attempt.resolver.ts'
import { ReconciliationBringBackResolver, ResultBringBackResolver } from './deployment/bring-back.resolver.ts'
import { DeploymentCareMutations } from './deployment/care/care.mutations.ts'
import {
  AcknowledgementResolver,
  DeploymentCareFieldResolver,
  DeploymentCareResolver,
  DeploymentHoldResolver,
  ShiftNoteResolver,
} from './deployment/care/care.resolver.ts'
import { DeploymentFieldsResolver } from './deployment/deployment-fields.resolver.ts'
import { DeploymentResolver } from './deployment/deployment.resolver.ts'
import { DeploymentSubscription } from './deployment/deployment.subscription.ts'
import { LogSubscription } from './deployment/log.subscription.ts'
import {
  InstalledByResolver,
  ItemDeploymentsResolver,
  PackageVersionDeploymentsResolver,
  ReleaseDeploymentsResolver,
  TaskDeploymentsResolver,
} from './deployment/lower-nouns.resolver.ts'
import { MatrixCellResolver, MatrixRowResolver, ReleaseMatrixResolver } from './deployment/matrix/matrix.resolver.ts'
import { ProgressSubscription } from './deployment/progress.subscription.ts'
import { ManyTargetsResolver } from './deployment/many-targets.resolver.ts'
import { TargetResolver } from './deployment/target.resolver.ts'
import { ActivitySubscription } from './overview/activity.subscription.ts'
import { NodeResolver } from './overview/node.resolver.ts'
import { NowResolver } from './overview/now.resolver.ts'
import { PresenceSubscription } from './overview/presence.subscription.ts'
import { SystemResolver } from './overview/system.resolver.ts'
import { SampleResolver } from './sample/sample.resolver.ts'
import { authorize } from './kernel/authorize.ts'
import { nodeTypes } from './kernel/node-id.ts'
import type { Noun } from './kernel/noun.ts'
import { takeShortcuts } from './kernel/shortcut.ts'
import { noPubSub } from './kernel/subscription.ts'
import { PackageResolver, PackageVersionResolver } from './library/package.resolver.ts'
import {
  ProductRepositoriesResolver,
  RepositoryMutations,
  RepositoryResolver,
  RepositoryScanResolver,
} from './library/repository.resolver.ts'
import { RepositorySubscription } from './library/repository.subscription.ts'
import { ItemProductResolver, ProductResolver } from './product/product.resolver.ts'
import { ProductSubscription } from './product/product.subscription.ts'
import { ReconciliationResolver, ReconciliationResultResolver } from './reconciliation/reconciliation.resolver.ts'
import {
  FittingClassesResolver,
  NotRelatedExampleResolver,
  PromotionPreviewItemResolver,
  PromotionResolver,
} from './reconciliation/promotion.resolver.ts'
import { ItemPromotedResolver, ItemPromotionResolver } from './reconciliation/item-promotion.resolver.ts'
import { ReconciliationMatchResolver } from './reconciliation/match.resolver.ts'
import { PreviewLineResolver, ReconciliationPreviewResolver } from './reconciliation/preview.resolver.ts'
import {
  UnplannedChangeResolver,
  UnplannedChangesPayloadResolver,
  UnplannedDecisionResolver,
} from './reconciliation/unplanned.resolver.ts'
import { ActualItemDriftResolver, ItemDriftResolver } from './reconciliation/drift.resolver.ts'
import {
  ReconciliationByHandResolver,
  ReconciliationIgnoreRuleResolver,
  ReconciliationRunTaskResolver,
  ReconciliationTaskResolver,
} from './reconciliation/task.resolver.ts'
import { ReconciliationSubscription } from './reconciliation/reconciliation.subscription.ts'
import { ReleaseApprovalResolver, ReleaseApprovalsResolver } from './release/release-approval.resolver.ts'
import { ReleaseContentsMutations } from './release/release-contents.resolver.ts'
import { ChangeReleasesResolver, ItemReleasesResolver } from './release/item-releases.resolver.ts'
import { PackageVersionReleasesResolver, ReleaseMutations, ReleaseResolver } from './release/release.resolver.ts'
import { ReleaseSubscription } from './release/release.subscription.ts'
import { ReleaseTasksResolver, TargetSiteResolver, TaskMutations, TaskResolver } from './task/task.resolver.ts'
import { TaskSubscription } from './task/task.subscription.ts'
import { DeploymentValidationResolver, FindingResolver, ValidationResolver } from './validation/validation.resolver.ts'
import { ValidationSubscription } from './validation/validation.subscription.ts'

/** Every resolver class; type-graphql makes the schema from them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export const resolvers: Function[] = [
  NodeResolver,
  NowResolver,
  SystemResolver,
  ActivitySubscription,
  PresenceSubscription,
  SampleResolver,
  AccountResolver,
  GrantResolver,
  SignInResolver,
  ApiTokenResolver,
  SavedViewResolver,
  DefaultViewResolver,
  DefaultViewScopeResolver,
  AuditResolver,
  GrantScopeResolver,
  ItemResolver,
  ItemFacetsResolver,
  ItemsChangeResolver,
  CatalogueResolver,
  ItemClassCountResolver,
  RelationshipResolver,
  ItemRelationshipsResolver,
  RelationshipTypeCountResolver,
  FieldChangeResolver,
  ItemHistoryResolver,
  ItemVersionResolver,
  RelationshipChangeResolver,
  DifferenceResolver,
  ItemDifferenceResolver,
  RestoreResolver,
  ItemImpactResolver,
  ImpactResolver,
  GraphResolver,
  ItemNeighbourhoodResolver,
  ItemRelationshipGroupsResolver,
  RelationshipGroupResolver,
  NeighbourhoodResolver,
  GraphPathStepResolver,
  GraphCycleResolver,
  OutsideDependantsResolver,
  EstateMapResolver,
  ImpactNodeResolver,
  ImpactServiceResolver,
  HeldGroupResolver,
  ItemSubscription,
  ProductResolver,
  ItemProductResolver,
  ProductSubscription,
  ActualItemFacetsResolver,
  ActualItemResolver,
  ActualRelationshipResolver,
  ActualVersionResolver,
  ActualItemHistoryResolver,
  ItemObservedHistoryResolver,
  ObservationResolver,
  ItemDiscoveryResolver,
  DiscoveryResolver,
  DiscoveryFileResolver,
  DiscoveryPreviewResolver,
  DiscoveryChangeResolver,
  ProductDiscoveryResolver,
  DiscoverySubscription,
  DiscoveryPolicyResolver,
  IdentityQuestionResolver,
  IdentityCandidateResolver,
  ActualItemQuestionsResolver,
  IdentityRuleResolver,
  WhyValueResolver,
  SourceWordResolver,
  HostKeyResolver,
  ProductHostsResolver,
  ReconciliationResolver,
  ReconciliationResultResolver,
  PromotionResolver,
  PromotionPreviewItemResolver,
  FittingClassesResolver,
  NotRelatedExampleResolver,
  ItemPromotedResolver,
  ItemPromotionResolver,
  ReconciliationTaskResolver,
  ReconciliationMatchResolver,
  ReconciliationPreviewResolver,
  PreviewLineResolver,
  ReconciliationRunTaskResolver,
  ReconciliationByHandResolver,
  ReconciliationIgnoreRuleResolver,
  ItemDriftResolver,
  ActualItemDriftResolver,
  UnplannedChangesPayloadResolver,
  UnplannedDecisionResolver,
  UnplannedChangeResolver,
  ReconciliationSubscription,
  RepositoryResolver,
  RepositoryMutations,
  RepositoryScanResolver,
  RepositorySubscription,
  ProductRepositoriesResolver,
  PackageResolver,
  PackageVersionResolver,
  PackageVersionReleasesResolver,
  ChangeReleasesResolver,
  ItemReleasesResolver,
  ReleaseResolver,
  ReleaseApprovalsResolver,
  ReleaseApprovalResolver,
  ReleaseContentsMutations,
  ReleaseMutations,
  ReleaseSubscription,
  ReleaseTasksResolver,
  TargetSiteResolver,
  TaskResolver,
  TaskMutations,
  TaskSubscription,
  DeploymentResolver,
  DeploymentFieldsResolver,
  DeploymentCareFieldResolver,
  DeploymentCareResolver,
  DeploymentHoldResolver,
  ShiftNoteResolver,
  AcknowledgementResolver,
  DeploymentCareMutations,
  ReconciliationBringBackResolver,
  ResultBringBackResolver,
  ManyTargetsResolver,
  TargetResolver,
  AttemptResolver,
  ItemDeploymentsResolver,
  ReleaseDeploymentsResolver,
  TaskDeploymentsResolver,
  PackageVersionDeploymentsResolver,
  InstalledByResolver,
  ReleaseMatrixResolver,
  MatrixRowResolver,
  MatrixCellResolver,
  DeploymentSubscription,
  ProgressSubscription,
  LogSubscription,
  ValidationResolver,
  FindingResolver,
  DeploymentValidationResolver,
  ValidationSubscription,
  ApprovalResolver,
  DeploymentApprovalsResolver,
]

/** Builds the schema; `schema.graphql` at the root is its printed form. */
export function buildSchema(): GraphQLSchema {
  readPropertiesPlainly()
  const schema = buildSchemaSync({
    // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
    resolvers: resolvers as NonEmptyArray<Function>,
    authChecker: authorize,
    validate: false,
    // A test holds the printed schema against the committed one, and reads it whole; no start has to.
    skipCheck: true,
    orphanedTypes: [],
    pubSub: noPubSub,
  })
  // type-graphql makes a promise of every resolveType, which compiled queries do not wait for.
  const node = schema.getType('Node') as GraphQLInterfaceType
  node.resolveType = (value: Noun) => nodeTypes[value.prefix]
  takeShortcuts(schema, [relationshipsInMemory, otherInMemory])
  return gateMutations(schema)
}

/**
 * type-graphql wraps each property and getter of an object in a resolver of its own, for permissions and middleware that
 * it may have. One that has neither is read as such, which compiled queries do without a call.
 */
function readPropertiesPlainly(): void {
  const { fields, fieldResolvers, authorizedFields, middlewares } = getMetadataStorage()
  const guarded = [...authorizedFields, ...middlewares]
  for (const field of fields) {
    const isGuarded = guarded.some(({ target, fieldName }) => target === field.target && fieldName === field.name)
    if (field.schemaName !== field.name || isGuarded) continue
    field.simple = true
    const getter = fieldResolvers.findIndex(
      ({ kind, target, methodName }) => kind === 'internal' && target === field.target && methodName === field.name,
    )
    const { prototype } = field.target as { prototype: object }
    if (getter >= 0 && Object.getOwnPropertyDescriptor(prototype, field.name)?.get) fieldResolvers.splice(getter, 1)
  }
}
