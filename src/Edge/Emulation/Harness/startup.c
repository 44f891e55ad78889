/* Start of a Cortex-M4F program: vectors, memory, floating point, and guards around the memory that the board has. */
#include <stdint.h>

extern uint32_t stack_top, data_load, data_start, data_end, bss_start, bss_end;

int main(void);
void stop(int code);

static void fault(void)
{
    stop(99);
}

static volatile uint32_t *reg(uint32_t address)
{
    return (volatile uint32_t *)(uintptr_t)address;
}

static void set_register(uint32_t address, uint32_t value)
{
    *reg(address) = value;
}

/* A region of the memory protection unit that nothing may touch; size is 2^(log2). */
static void guard(uint32_t region, uint32_t base, uint32_t log2)
{
    set_register(0xE000ED98, region);
    set_register(0xE000ED9C, base);
    set_register(0xE000EDA0, ((log2 - 1) << 1) | 1);
}

void reset(void)
{
    set_register(0xE000ED88, *reg(0xE000ED88) | (0xFu << 20)); /* CPACR: floating point on */
    __asm volatile("dsb\n isb" ::: "memory");
    for (uint32_t *to = &data_start, *from = &data_load; to < &data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &bss_start; to < &bss_end;) {
        *to++ = 0;
    }
    guard(0, 0x20040000, 18); /* past the 256 KB of RAM, which the emulated board does not end at */
    guard(1, 0x1FFFF000, 12); /* below the stack */
    set_register(0xE000ED94, 5); /* on, the default map for the rest */
    __asm volatile("dsb\n isb" ::: "memory");
    stop(main());
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)&stack_top, (uintptr_t)reset, (uintptr_t)fault, (uintptr_t)fault, (uintptr_t)fault, (uintptr_t)fault, (uintptr_t)fault,
    0, 0, 0, 0, (uintptr_t)fault, (uintptr_t)fault, 0, (uintptr_t)fault, (uintptr_t)fault,
};
