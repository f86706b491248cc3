module groundwork.platform/lab/app

go 1.25.0
