// The modules whose CRDs tests apply to a real API server. Nothing of them is compiled here.
module groundwork.platform/lab/crds

go 1.26.4

require (
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.14.0
	github.com/mariadb-operator/mariadb-operator/v25 v25.10.4
)
