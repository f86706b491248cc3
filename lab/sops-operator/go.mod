module groundwork.platform/lab/sops-operator

go 1.25.0
