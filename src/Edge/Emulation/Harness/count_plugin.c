/* QEMU plugin: counts the instructions executed from the start of a function to the start of another, exactly.
   Arguments: start=ADDRESS (any number of them), stop=ADDRESS, out=FILE. The interface (version 1) is declared here, because Debian's QEMU comes
   without its header; https://qemu.readthedocs.io/en/v7.2.0/devel/tcg-plugins.html */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))

struct qemu_plugin_tb;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*callback)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*callback)(unsigned int, void *), int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int operation, void *counter, uint64_t value);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*callback)(uint64_t, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

PUBLIC int qemu_plugin_version = 1;

static uint64_t starts[8], stop, executed, began, counted;
static int start_count;
static bool counting;
static char out[4096];

/* A block that begins with a counted function's first instruction; data is its number of instructions. */
static void on_start(unsigned int cpu, void *data)
{
    (void)cpu;
    began = executed;
    counting = true;
    executed += (uintptr_t)data;
}

static void on_stop(unsigned int cpu, void *data)
{
    (void)cpu;
    counted += counting ? executed - began : 0;
    counting = false;
    executed += (uintptr_t)data;
}

static bool is_start(uint64_t address)
{
    for (int i = 0; i < start_count; i++) {
        if (starts[i] == address) {
            return true;
        }
    }
    return false;
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    uint64_t address = qemu_plugin_tb_vaddr(tb), instructions = qemu_plugin_tb_n_insns(tb);
    if (is_start(address) || address == stop) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, address == stop ? on_stop : on_start, 0, (void *)(uintptr_t)instructions);
    } else {
        qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &executed, instructions);
    }
}

static void on_exit_write(uint64_t id, void *data)
{
    (void)id;
    (void)data;
    FILE *file = fopen(out, "w");
    if (file != NULL) {
        fprintf(file, "%llu\n", (unsigned long long)counted);
        fclose(file);
    }
}

PUBLIC int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "start=", 6) == 0 && start_count < 8) {
            starts[start_count++] = strtoull(argv[i] + 6, NULL, 0);
        } else if (strncmp(argv[i], "stop=", 5) == 0) {
            stop = strtoull(argv[i] + 5, NULL, 0);
        } else if (strncmp(argv[i], "out=", 4) == 0) {
            snprintf(out, sizeof out, "%s", argv[i] + 4);
        } else {
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
    return 0;
}
