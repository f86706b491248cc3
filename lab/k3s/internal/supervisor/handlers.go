// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/etcd"
)

const maxBody = 1 << 20

// serverBootstrap answers with the datastore's data under the presented password, else with the files on disk.
func (s *Supervisor) serverBootstrap(w http.ResponseWriter, r *http.Request) {
	if !s.HasEtcd {
		refuse(w, r, http.StatusBadRequest, "etcd datastore disabled")
		return
	}
	_, password, _ := r.BasicAuth()
	files, err := etcd.LoadBootstrap(r.Context(), s.Etcd, password)
	if err != nil || files == nil {
		if files, err = bootstrap.Read(s.Folder); err != nil {
			refuse(w, r, http.StatusInternalServerError, err.Error())
			return
		}
	}
	answer(w, files)
}

func (s *Supervisor) info(w http.ResponseWriter, r *http.Request) {
	if !s.HasEtcd {
		refuse(w, r, http.StatusBadRequest, "etcd datastore disabled")
		return
	}
	members, err := etcd.Info(r.Context(), s.Etcd)
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, members)
}

func (s *Supervisor) readyz(w http.ResponseWriter, r *http.Request) {
	if !s.apiReady.Load() {
		refuse(w, r, http.StatusServiceUnavailable, "runtime core not ready")
		return
	}
	plain(w, []byte("ok"))
}

// apiservers lists the addresses of all API servers, for the agents' load balancers.
func (s *Supervisor) apiservers(w http.ResponseWriter, r *http.Request) {
	if !s.apiReady.Load() {
		refuse(w, r, http.StatusServiceUnavailable, "apiserver not ready")
		return
	}
	slices, err := s.Kubernetes.DiscoveryV1().EndpointSlices("default").List(r.Context(), metav1.ListOptions{
		LabelSelector: "kubernetes.io/service-name=kubernetes",
	})
	if err != nil {
		refuse(w, r, http.StatusServiceUnavailable, err.Error())
		return
	}
	addresses := []string{}
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				addresses = append(addresses, address+":6443")
			}
		}
	}
	answer(w, addresses)
}
