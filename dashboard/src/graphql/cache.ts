import { cacheExchange, type KeyGenerator } from '@urql/exchange-graphcache'
import { pagesInARow } from './pages.ts'

const none: KeyGenerator = () => null

/** Types without an id of their own: they live inside what they describe. Whatever implements Node is kept by its id. */
export const embedded =
  'Acknowledgement ActivityEvent ActualItemFacets ActualRelationship AskedCandidate AskedQuestion AttemptStep AttributeDefinition AttributeRuling ' +
  'AttributeValue AuditVerification BoundedCount Cause ChangedRelationship ComparedValue ConfigField Difference DifferenceCounts ' +
  'DeploymentCare DeploymentHold DeploymentProgress DiscoveryChange DiscoveryFile DiscoveryPolicy DiscoveryPreview DiscoveryProblem ' +
  'DiscoveryScope EstateCluster EstateClusterView EstateLink EstateMapAnswer Estimate ' +
  'FieldChange FindingCounts Foretold GraphCycle GraphCycles GraphDifference GraphPath GraphPathStep ' +
  'HeldGroup HostCapture Identifier IdentifierLookup IdentityCandidate IdentityHost ' +
  'IdentityRule IdmlCertificate IdmlCheck Impact ImpactEdge ImpactGroup ImpactNode ' +
  'ImpactService Installation InstalledSoftware IntegrationModule ItemClass ItemFacet ' +
  'ItemFacets ItemFacetValue ItemPromotion JunkPattern KindCount LinkRule LogLine LogPage MatrixAxis MatrixCell MatrixColumn MatrixDrift ' +
  'MatrixRow Neighbourhood NotCopied NotRelated NotRelatedExample Now ' +
  'Observation ObservedChange Onlooker OutsideDependants PageInfo PresenceMessage PreviewItem PreviewLine ' +
  'PreviewRelationship ProductKind PromotionMapping PromotionPreview PromotionPreviewClass PromotionPreviewItem Readiness ReadinessGap RecordedFact RelationshipDifference ' +
  'RelationshipGroup RelationshipPair RelationshipType ReleaseApproval ReleaseMatrix RepositoryKind RoleDefinition RuleProgress SourceWord ' +
  'ShiftNote StepWeight SystemStatus TableColumn TargetCounts TargetGrid TargetMoves TargetSite UnplannedChange UploadRule UserError UsualTime ValueExplanation ' +
  'Viewer ViewerPermission WayBack'

/** Lists that grow by cursor when a page asks for more. */
const lists =
  'accounts actualItems apiTokens auditEntries configurationItems deployments discoveryRuns managementProducts packages ' +
  'reconciliationResults reconciliationRuns releases repositories tasks unplannedChanges'

const table = <T>(names: string, value: T) => Object.fromEntries(names.split(' ').map((name) => [name, value]))

/** The normalised cache: one entity per id however many pages show it. */
export function createCache() {
  return cacheExchange({
    // A relationship is read from both of its ends: what `direction` and `other` are, its id does not say.
    keys: { ...table(embedded, none), Relationship: none },
    resolvers: {
      Query: table(lists, pagesInARow),
      DiscoveryRun: table('changes problems scopes', pagesInARow),
      ReconciliationRun: { preview: pagesInARow },
    },
  })
}
