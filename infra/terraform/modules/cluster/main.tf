# AKS: a small pool for the orchestrators, a CPU pool for feature shards and edge builds, and a GPU pool for trials. Both worker pools scale to
# zero when nothing waits in the queue.
resource "azurerm_kubernetes_cluster" "this" {
  name                      = "${var.name}-cluster"
  location                  = var.location
  resource_group_name       = var.resource_group
  dns_prefix                = var.name
  sku_tier                  = var.sku_tier
  oidc_issuer_enabled       = true
  workload_identity_enabled = true
  local_account_disabled    = true
  automatic_upgrade_channel = "patch"
  tags                      = var.tags

  default_node_pool {
    name                        = "system"
    vm_size                     = var.system_vm_size
    node_count                  = var.system_nodes
    vnet_subnet_id              = var.subnet_id
    temporary_name_for_rotation = "systemtmp"
    zones                       = var.zones

    upgrade_settings {
      max_surge = "33%"
    }
  }

  identity {
    type = "SystemAssigned"
  }

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_ids
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = "cilium"
    network_data_plane  = "cilium"
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "cpu" {
  name                  = "cpu"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.this.id
  vm_size               = var.cpu_vm_size
  vnet_subnet_id        = var.subnet_id
  auto_scaling_enabled  = true
  min_count             = 0
  max_count             = var.cpu_max_nodes
  node_labels           = { "pipeline/worker" = "cpu" }
  tags                  = var.tags
}

resource "azurerm_kubernetes_cluster_node_pool" "gpu" {
  name                  = "gpu"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.this.id
  vm_size               = var.gpu_vm_size
  vnet_subnet_id        = var.subnet_id
  auto_scaling_enabled  = true
  min_count             = 0
  max_count             = var.gpu_max_nodes
  priority              = var.gpu_spot ? "Spot" : "Regular"
  eviction_policy       = var.gpu_spot ? "Delete" : null
  spot_max_price        = var.gpu_spot ? -1 : null
  node_labels           = { "pipeline/worker" = "gpu" }
  node_taints           = ["nvidia.com/gpu=present:NoSchedule"]
  tags                  = var.tags

  lifecycle {
    # Azure adds its own taint and label to spot pools.
    ignore_changes = [node_taints, node_labels]
  }
}
