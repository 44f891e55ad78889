variable "subscription_id" {
  description = "Azure subscription."
  type        = string
}

variable "location" {
  description = "Azure region; it must offer the GPU machine."
  type        = string
  default     = "westeurope"
}

variable "admin_group_ids" {
  description = "Entra groups whose members administer the cluster."
  type        = list(string)
}

variable "storage_account_name" {
  description = "Name of the storage account, unique in Azure."
  type        = string
}

variable "container_registry_name" {
  description = "Name of the container registry, unique in Azure."
  type        = string
}

variable "vault_name" {
  description = "Name of the key vault, unique in Azure."
  type        = string
}
