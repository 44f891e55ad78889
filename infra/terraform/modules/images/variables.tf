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

variable "registry_name" {
  description = "Name of the container registry: 5 to 50 letters and digits, unique in Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9]{5,50}$", var.registry_name))
    error_message = "registry_name has 5 to 50 letters and digits."
  }
}

variable "sku" {
  description = "Basic, Standard or Premium."
  type        = string
  default     = "Basic"
}

variable "puller_principal_id" {
  description = "Principal of the cluster's nodes."
  type        = string
}
