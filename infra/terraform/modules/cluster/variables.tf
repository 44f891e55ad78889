variable "name" {
  description = "Prefix of every resource, for example pipeline-dev: lower-case letters, digits and dashes, 3 to 16 characters."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "resource_group" {
  description = "Name of the resource group that holds everything."
  type        = string
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}

variable "subnet_id" {
  description = "Subnet of the nodes."
  type        = string
}

variable "sku_tier" {
  description = "Free, or Standard with an uptime agreement."
  type        = string
  default     = "Free"
}

variable "zones" {
  description = "Availability zones of the system pool."
  type        = list(string)
  default     = []
}

variable "system_vm_size" {
  description = "Machine of the system pool, which runs the orchestrators."
  type        = string
  default     = "Standard_D2ds_v5"
}

variable "system_nodes" {
  description = "Machines of the system pool."
  type        = number
  default     = 1
}

variable "cpu_vm_size" {
  description = "Machine of the CPU workers."
  type        = string
  default     = "Standard_D8ds_v5"
}

variable "cpu_max_nodes" {
  description = "Most CPU workers at one time."
  type        = number
  default     = 4
}

variable "gpu_vm_size" {
  description = "Machine of the GPU workers."
  type        = string
  default     = "Standard_NC4as_T4_v3"
}

variable "gpu_max_nodes" {
  description = "Most GPU workers at one time."
  type        = number
  default     = 2
}

variable "gpu_spot" {
  description = "Spot machines for trials: an evicted trial goes on elsewhere from its last checkpoint."
  type        = bool
  default     = true
}

variable "admin_group_ids" {
  description = "Entra groups whose members administer the cluster."
  type        = list(string)
}
