module groundwork.platform/lab/velero

go 1.25.0
