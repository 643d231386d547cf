"""Courses of certified lecturers: builder, cohorts, attendance, hours, feedback."""
