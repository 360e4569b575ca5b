SELECT timezone, business_day_cutoff_hour::integer AS cutoff_hour
FROM app.v_dim_site
