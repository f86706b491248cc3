// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/pki"
)

const apiserverPort = "6444"

// apiserverURL is the real kube-apiserver, on loopback only.
const apiserverURL = "https://127.0.0.1:" + apiserverPort

func (o *Options) apiserverArgs() map[string]string {
	issuer := "https://kubernetes.default.svc." + o.Critical.ClusterDomain
	args := map[string]string{
		"advertise-address": o.Values.Text("advertise-address", o.NodeIPs[0]), "allow-privileged": "true", "anonymous-auth": "false",
		"api-audiences": issuer + ",k3s", "authorization-mode": "Node,RBAC", "bind-address": "127.0.0.1", "secure-port": apiserverPort,
		"cert-dir": o.tls("temporary-certs"), "client-ca-file": o.tls("client-ca.crt"),
		"enable-admission-plugins": "NodeRestriction", "enable-aggregator-routing": "true", "enable-bootstrap-token-auth": "true",
		"etcd-servers": etcd.LocalURL, "etcd-cafile": o.tls("etcd/server-ca.crt"),
		"etcd-certfile": o.tls("etcd/client.crt"), "etcd-keyfile": o.tls("etcd/client.key"),
		"kubelet-certificate-authority": o.tls("server-ca.crt"),
		"kubelet-client-certificate":    o.tls("client-kube-apiserver.crt"), "kubelet-client-key": o.tls("client-kube-apiserver.key"),
		"kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname", "profiling": "false",
		"proxy-client-cert-file": o.tls("client-auth-proxy.crt"), "proxy-client-key-file": o.tls("client-auth-proxy.key"),
		"requestheader-allowed-names": "system:auth-proxy", "requestheader-client-ca-file": o.tls("request-header-ca.crt"),
		"requestheader-extra-headers-prefix": "X-Remote-Extra-", "requestheader-group-headers": "X-Remote-Group",
		"requestheader-username-headers": "X-Remote-User",
		"service-account-issuer":         issuer, "service-account-key-file": o.tls("service.key"),
		"service-account-signing-key-file": o.tls("service.key"), "service-cluster-ip-range": o.Critical.ServiceIPRange,
		"service-node-port-range": o.Values.Text("service-node-port-range", "30000-32767"), "storage-backend": "etcd3",
		"tls-cert-file": o.tls("serving-kube-apiserver.crt"), "tls-private-key-file": o.tls("serving-kube-apiserver.key"),
	}
	if o.Critical.EncryptSecrets {
		args["encryption-provider-config"] = o.encryptionFile()
		args["encryption-provider-config-automatic-reload"] = "true"
	}
	return args
}

func (o *Options) controllerManagerArgs() map[string]string {
	kubeconfig := o.cred("controller.kubeconfig")
	args := map[string]string{
		"allocate-node-cidrs": "true", "cluster-cidr": o.Critical.ClusterIPRange, "service-cluster-ip-range": o.Critical.ServiceIPRange,
		"authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig, "kubeconfig": kubeconfig,
		"bind-address": "127.0.0.1", "secure-port": "10257", "controllers": "*,tokencleaner", "profiling": "false",
		"root-ca-file": o.tls("server-ca.crt"), "service-account-private-key-file": o.tls("service.key"), "use-service-account-credentials": "true",
		"tls-cert-file":        o.tls("kube-controller-manager/kube-controller-manager.crt"),
		"tls-private-key-file": o.tls("kube-controller-manager/kube-controller-manager.key"),
	}
	for usage, ca := range map[string]string{
		"kube-apiserver-client": "client-ca", "kubelet-client": "client-ca", "kubelet-serving": "server-ca", "legacy-unknown": "server-ca",
	} {
		args["cluster-signing-"+usage+"-cert-file"] = o.tls(ca + signing)
		args["cluster-signing-"+usage+"-key-file"] = o.tls(ca + ".key")
	}
	return args
}

func (o *Options) schedulerArgs() map[string]string {
	kubeconfig := o.cred("scheduler.kubeconfig")
	return map[string]string{
		"authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig, "kubeconfig": kubeconfig,
		"bind-address": "127.0.0.1", "secure-port": "10259", "profiling": "false",
		"tls-cert-file": o.tls("kube-scheduler/kube-scheduler.crt"), "tls-private-key-file": o.tls("kube-scheduler/kube-scheduler.key"),
	}
}

// writeKubeconfigs writes the kubeconfig files of the server's own programs.
func (o *Options) writeKubeconfigs(ca *authorities) error {
	for name, certificate := range map[string]string{
		"admin": "client-admin", "supervisor": "client-supervisor", "controller": "client-controller",
		"scheduler": "client-scheduler", "api-server": "client-kube-apiserver", "cloud-controller": "client-k3s-cloud-controller",
	} {
		data, err := kubeconfig(apiserverURL, ca.server.PEM, o.tls(certificate), false)
		if err != nil {
			return err
		}
		if err := pki.WriteFile(o.cred(name+".kubeconfig"), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
