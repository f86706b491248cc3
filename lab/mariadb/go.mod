module groundwork.platform/lab/mariadb

go 1.25.5

tool github.com/mariadb-operator/mariadb-operator/v25/cmd

require github.com/mariadb-operator/mariadb-operator/v25 v25.10.4 // indirect
