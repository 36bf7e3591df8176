/* device_parts - what the files of device share; for nobody else. */
#ifndef DEVICE_PARTS_H
#define DEVICE_PARTS_H

#include "device.h"

/* device.c */

/* A push ends: out of window or backlog, told to the store and its leg. */
void	device_end_row(struct device *, uint64_t row, enum fate);
/* To the end of the window. */
void	device_enter_window(struct device *, struct push *, uint64_t row);
void	device_free(struct device *);

/* device_load.c */

/* Asks the store for the next rows if the window has room for them. */
void	device_read_backlog(struct device *);

#endif
