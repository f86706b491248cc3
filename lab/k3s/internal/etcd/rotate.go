// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"

	clientv3 "go.etcd.io/etcd/client/v3"

	"groundwork.platform/lab/k3s/internal/bootstrap"
)

// RotateBootstrap moves the bootstrap data from the old password's key to the new one's. Like K3s it changes nothing
// when the data lies under neither: ReplaceBootstrap refuses that (contract 3.3).
func RotateBootstrap(ctx context.Context, client *clientv3.Client, old, password string) error {
	if old == password {
		return nil
	}
	response, err := client.Get(ctx, bootstrap.Key(old))
	if err != nil || len(response.Kvs) == 0 {
		return err
	}
	plain, err := bootstrap.Decrypt(old, response.Kvs[0].Value)
	if err != nil {
		return err
	}
	sealed, err := bootstrap.Encrypt(password, plain)
	if err != nil {
		return err
	}
	_, err = client.Txn(ctx).Then(
		clientv3.OpPut(bootstrap.Key(password), string(sealed)), clientv3.OpDelete(bootstrap.Key(old)),
	).Commit()
	return err
}

// ReplaceBootstrap stores the data under the password over what is there, unless that belongs to another password.
func ReplaceBootstrap(ctx context.Context, client *clientv3.Client, password string, files bootstrap.Files) error {
	if _, _, err := bootstrapValue(ctx, client, password); err != nil {
		return err
	}
	return putBootstrap(ctx, client, password, files)
}

func putBootstrap(ctx context.Context, client *clientv3.Client, password string, files bootstrap.Files) error {
	plain, err := files.Encode()
	if err != nil {
		return err
	}
	sealed, err := bootstrap.Encrypt(password, plain)
	if err != nil {
		return err
	}
	_, err = client.Put(ctx, bootstrap.Key(password), string(sealed))
	return err
}
