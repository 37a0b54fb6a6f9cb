// Made by scripts/aws-services.py.

/** The ids of AWS's services, as their models have them, one a line. */
export const SERVICE_IDS = `\
Abuse Signal
AccessAnalyzer
Account
Account Access
Account Access Runtime
ACM
ACM PCA
Agent Discovery
Agent Registry
Agent Registry Control
AIOps
amp
Amplify
AmplifyBackend
AmplifyUIBuilder
API Gateway
ApiGatewayManagementApi
ApiGatewayV2
APIPortal
App Mesh
AppConfig
AppConfigData
AppFabric
Appflow
AppIntegrations
Application Auto Scaling
Application Discovery Service
Application Insights
Application Signals
ApplicationCostProfiler
AppRunner
AppStream
AppSync
ARC Region switch
ARC Zonal Shift
Artifact
Athena
AuditManager
Auto Scaling
Auto Scaling Plans
b2bi
Backup
Backup Gateway
BackupSearch
Batch
BCM Dashboards
BCM Data Exports
BCM Pricing Calculator
BCM Recommended Actions
Bedrock
Bedrock Agent
Bedrock Agent Runtime
Bedrock AgentCore
Bedrock AgentCore Control
Bedrock Data Automation
Bedrock Data Automation Runtime
Bedrock Runtime
Billing
billingconductor
Braket
Budgets
chatbot
Chime
Chime SDK Identity
Chime SDK Media Pipelines
Chime SDK Meetings
Chime SDK Messaging
Chime SDK Voice
CleanRooms
CleanRoomsML
Cloud9
CloudControl
CloudDirectory
CloudFormation
CloudFront
CloudFront KeyValueStore
CloudHSM
CloudHSM V2
CloudSearch
CloudSearch Domain
CloudTrail
CloudTrail Data
CloudWatch
CloudWatch Logs
CloudWatchOmni
codeartifact
CodeBuild
CodeCatalyst
CodeCommit
CodeConnections
CodeDeploy
CodeGuru Reviewer
CodeGuru Security
CodeGuruProfiler
CodePipeline
CodeStar connections
codestar notifications
Cognito Identity
Cognito Identity Provider
Cognito Sync
Comprehend
ComprehendMedical
Compute Optimizer
Compute Optimizer Automation
Config Service
Connect
Connect Contact Lens
ConnectCampaigns
ConnectCampaignsV2
ConnectCases
ConnectHealth
ConnectParticipant
ConnectScheduling
Continuum
ControlCatalog
ControlTower
Cost and Usage Report Service
Cost Explorer
Cost Optimization Hub
Customer Profiles
Data Pipeline
Database Migration Service
DataBrew
DataExchange
DataSync
DataZone
DAX
deadline
Detective
Device Farm
DevOps Agent
DevOps Guru
Direct Connect
Directory Service
Directory Service Data
DLM
DocDB
DocDB Elastic
drs
DSQL
DynamoDB
DynamoDB Streams
EBS
EC2
EC2 Instance Connect
ECR
ECR PUBLIC
ECS
EFS
EKS
EKS Auth
Elastic Beanstalk
Elastic Load Balancing
Elastic Load Balancing v2
ElastiCache
Elasticsearch Service
ElementalInference
EMR
EMR containers
EMR Serverless
EndUserMessaging
EntityResolution
EventBridge
EventBridgeV2
evs
Firehose
fis
FMS
forecast
forecastquery
FraudDetector
FreeTier
FSx
GameLift
GameLiftStreams
Geo Maps
Geo Places
Geo Routes
Glacier
Global Accelerator
Glue
grafana
Greengrass
GreengrassV2
GroundStation
GuardDuty
Health
HealthLake
IAM
IAM Toolbox
identitystore
imagebuilder
ImportExport
Inspector
Inspector Scan
Inspector2
Interconnect
InternetMonitor
Invoicing
IoT
IoT Data Plane
IoT Jobs Data Plane
IoT Managed Integrations
IoT Wireless
IotDeviceAdvisor
IoTFleetWise
IoTSecureTunneling
IoTSiteWise
IoTThingsGraph
IoTTwinMaker
ivs
IVS RealTime
ivschat
Kafka
KafkaConnect
kendra
Kendra Ranking
Keyspaces
KeyspacesStreams
Kinesis
Kinesis Analytics
Kinesis Analytics V2
Kinesis Video
Kinesis Video Archived Media
Kinesis Video Media
Kinesis Video Signaling
Kinesis Video WebRTC Storage
KMS
LakeFormation
Lambda
Lambda Core
Lambda Microvms
Lambda Web
Launch Wizard
Lex Model Building Service
Lex Models V2
Lex Runtime Service
Lex Runtime V2
License Manager
License Manager Linux Subscriptions
License Manager User Subscriptions
Lightsail
Location
LookoutEquipment
m2
Machine Learning
Macie2
MailManager
ManagedBlockchain
ManagedBlockchain Query
Marketplace Agreement
Marketplace Catalog
Marketplace Commerce Analytics
Marketplace Deployment
Marketplace Discovery
Marketplace Entitlement Service
Marketplace Metering
Marketplace Reporting
MediaConnect
MediaConvert
MediaLive
MediaPackage
MediaPackage Vod
MediaPackageV2
MediaStore
MediaStore Data
MediaTailor
Medical Imaging
MemoryDB
mgn
Migration Hub
Migration Hub Refactor Spaces
MigrationHub Config
MigrationHubOrchestrator
MigrationHubStrategy
MPA
mq
MTurk
MWAA
MWAA Serverless
Neptune
Neptune Graph
neptunedata
Network Firewall
Network Security Manager
NetworkFlowMonitor
NetworkManager
NetworkMonitor
Notifications
NotificationsContacts
Nova Act
OAM
ObservabilityAdmin
odb
Omics
OpenSearch
OpenSearchMemory
OpenSearchServerless
Organizations
OSIS
Outposts
PartnerCentral Account
PartnerCentral Benefits
PartnerCentral Channel
PartnerCentral Marketing
PartnerCentral Revenue Measurement
PartnerCentral Selling
Payment Cryptography
Payment Cryptography Data
Payments
Pca Connector Ad
Pca Connector Scep
PCS
Personalize
Personalize Events
Personalize Runtime
PI
Pinpoint
Pinpoint Email
Pinpoint SMS Voice
Pinpoint SMS Voice V2
Pipes
Polly
Pricing
Pricing Plan Manager
Proton
QApps
QBusiness
QConnect
QuickSight
RAM
rbin
RDS
RDS Data
Redshift
Redshift Data
Redshift Serverless
Rekognition
repostspace
resiliencehub
resiliencehubv2
Resource Explorer 2
Resource Groups
Resource Groups Tagging API
RolesAnywhere
Route 53
Route 53 Domains
Route53 Recovery Cluster
Route53 Recovery Control Config
Route53 Recovery Readiness
Route53GlobalResolver
Route53Profiles
Route53Resolver
RTBFabric
RUM
S3
S3 Control
S3Files
S3Outposts
S3Tables
S3Vectors
SageMaker
SageMaker A2I Runtime
Sagemaker Edge
SageMaker FeatureStore Runtime
SageMaker Gateway Runtime
SageMaker Geospatial
SageMaker Inference Router Runtime
SageMaker Metrics
SageMaker Runtime
SagemakerJobRuntime
SageMakerTrainingSessionRuntime
savingsplans
Scheduler
schemas
Secrets Manager
Security IR
SecurityAgent
SecurityHub
SecurityLake
ServerlessApplicationRepository
Service Catalog
Service Catalog AppRegistry
Service Quotas
ServiceDiscovery
SES
SESv2
SFN
Shield
signer
Signer Data
Signin
SimpleDB
SimpleDBv2
Snow Device Management
Snowball
SNS
SocialMessaging
SQS
SSM
SSM Contacts
SSM GuiConnect
SSM Incidents
SSM QuickSetup
Ssm Sap
SSO
SSO Admin
SSO OIDC
Storage Gateway
STS
SupplyChain
Support
Support App
SupportAuthZ
Sustainability
SWF
synthetics
TaxSettings
Textract
Timestream InfluxDB
Timestream Query
Timestream Write
Transcribe
Transfer
Translate
TrustedAdvisor
uxc
VerifiedPermissions
Voice ID
VPC Lattice
WAF
WAF Regional
WAFV2
WellArchitected
Wickr
Wisdom
WorkDocs
WorkMail
WorkMailMessageFlow
WorkSpaces
Workspaces Instances
WorkSpaces Thin Client
WorkSpaces Web
XRay`;

/** Those of them that speak JSON with a target in a header. */
export const JSON_SERVICE_IDS = `\
ACM PCA
ACM
Application Auto Scaling
Application Discovery Service
Application Insights
AppRunner
AppStream
ARC Region switch
Athena
Auto Scaling Plans
b2bi
Backup Gateway
BCM Dashboards
BCM Data Exports
BCM Pricing Calculator
BCM Recommended Actions
Bedrock Data Automation Runtime
Billing
Budgets
Cloud9
CloudControl
CloudHSM V2
CloudHSM
CloudTrail
CloudWatch Logs
CloudWatch
CodeBuild
CodeCommit
CodeConnections
CodeDeploy
CodePipeline
CodeStar connections
Cognito Identity Provider
Cognito Identity
ComprehendMedical
Comprehend
Compute Optimizer Automation
Compute Optimizer
Config Service
Cost and Usage Report Service
Cost Explorer
Cost Optimization Hub
Data Pipeline
Database Migration Service
DataSync
DAX
Device Farm
Direct Connect
Directory Service
DynamoDB Streams
DynamoDB
EC2 Instance Connect
ECR PUBLIC
ECR
ECS
EMR
EventBridge
evs
Firehose
FMS
forecastquery
forecast
FraudDetector
FreeTier
FSx
GameLift
Global Accelerator
Glue
HealthLake
Health
identitystore
Inspector
Interconnect
Invoicing
IoTFleetWise
IoTSecureTunneling
IoTThingsGraph
Kendra Ranking
kendra
KeyspacesStreams
Keyspaces
Kinesis Analytics V2
Kinesis Analytics
Kinesis
KMS
License Manager
Lightsail
LookoutEquipment
Machine Learning
MailManager
Marketplace Agreement
Marketplace Commerce Analytics
Marketplace Entitlement Service
Marketplace Metering
MediaStore
MemoryDB
Migration Hub
MigrationHub Config
MTurk
MWAA Serverless
Network Firewall
odb
OpenSearchMemory
OpenSearchServerless
Organizations
PartnerCentral Account
PartnerCentral Benefits
PartnerCentral Channel
PartnerCentral Selling
Payment Cryptography
Payments
PCS
Personalize
Pinpoint SMS Voice V2
PI
Pricing
Proton
Redshift Data
Redshift Serverless
Rekognition
Resource Groups Tagging API
Route 53 Domains
Route53 Recovery Cluster
Route53Resolver
SageMaker
Secrets Manager
Service Catalog
Service Quotas
ServiceDiscovery
SFN
Shield
Snowball
SQS
SSM Contacts
SSM
SSO Admin
Storage Gateway
Support
SWF
Textract
Timestream InfluxDB
Timestream Query
Timestream Write
Transcribe
Transfer
Translate
VerifiedPermissions
Voice ID
WAF Regional
WAFV2
WAF
WorkMail
Workspaces Instances
WorkSpaces`;
