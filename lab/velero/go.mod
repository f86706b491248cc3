module groundwork.platform/lab/velero

go 1.25.0

// As Velero itself does: its fork has what the uploader needs.
replace github.com/kopia/kopia => github.com/project-velero/kopia v0.0.0-20251230033609-d946b1e75197
